"""Templates about prices, change, offers and saving."""

from evalsuite.problems.templates.draw import FRACTIONS, Draft, Draw, ProblemTemplate, eq, usd

__all__ = ["TEMPLATES"]


def unit_price(draw: Draw) -> Draft:
    who = draw.person()
    one, many = draw.choice((("mug", "mugs"), ("plant", "plants"), ("towel", "towels"), ("cushion", "cushions")))
    count, price = draw.number(3, 15), draw.number(4, 19)
    total = count * price
    return Draft(
        variants=(
            f"{who} pays ${total} for {count} {many} that all cost the same. How many dollars does one {one} cost?",
            f"A shop sells {count} identical {many} to {who} for ${total} in all. What is the price of one {one} in "
            "dollars?",
            f"{count} {many} of the same kind cost {who} ${total} together. How many dollars is that for each {one}?",
        ),
        steps=(f"One {one} costs {usd(price, total, '/', count)}.",),
        answer=price,
    )


def change_from_bill(draw: Draw) -> Draft:
    who = draw.person()
    thing = draw.choice(("kites", "paperback books", "puzzles", "T-shirts"))
    count, bill = draw.number(2, 6), draw.choice((50, 100))
    price = draw.number(3, bill // count - 1)
    total = count * price
    return Draft(
        variants=(
            f"{who} buys {count} {thing} at ${price} each and pays with a ${bill} bill. "
            "How many dollars of change are due?",
            f"At a market, {thing} cost ${price} each. {who} takes {count} of them and hands over ${bill}. "
            f"How many dollars does {who} get back?",
            f"{who} has ${bill} and spends it on {count} {thing} that cost ${price} each and on nothing else. "
            f"How many dollars does {who} have left?",
        ),
        steps=(
            f"The {thing} cost {usd(total, count, '*', price)}.",
            f"That leaves {usd(bill - total, bill, '-', total)}.",
        ),
        answer=bill - total,
    )


def jacket_discount(draw: Draw) -> Draft:
    who, thing = draw.person(), draw.choice(("jacket", "tent", "bicycle", "desk"))
    price, percent = draw.number(40, 300, 20), draw.choice((10, 15, 20, 25, 30, 35, 40, 45, 55, 60))
    saved = price * percent // 100
    return Draft(
        variants=(
            f"{who} wants a {thing} that costs ${price}. In a sale its price is cut by {percent}%. How many dollars "
            f"does the {thing} cost in the sale?",
            f"During a sale {who} gets {percent}% off the price of a {thing} that normally costs ${price}. "
            "What is the sale price in dollars?",
            f"The normal price of a {thing} is ${price}, but today there is a discount of {percent}%. "
            f"How many dollars must {who} pay for the {thing} today?",
        ),
        steps=(
            f"The discount is {usd(saved, price, '*', percent, '/', 100)}.",
            f"The sale price is {usd(price - saved, price, '-', saved)}.",
        ),
        answer=price - saved,
    )


def saving_weeks(draw: Draw) -> Draft:
    who = draw.person()
    thing = draw.choice(("pair of skates", "camera", "skateboard", "guitar"))
    have, weekly, weeks = draw.number(15, 60), draw.number(4, 16), draw.number(3, 15)
    missing = weekly * weeks
    goal = have + missing
    return Draft(
        variants=(
            f"{who} wants to buy a {thing} for ${goal}. {who} already has ${have} and saves ${weekly} every week. "
            f"After how many weeks can {who} buy it?",
            f"A {thing} costs ${goal}. {who} has saved ${have} so far and puts aside ${weekly} each week. "
            f"How many weeks will it take until {who.he} has enough money?",
            f"{who} has ${have} and earns ${weekly} a week by walking dogs. If {who.he} spends nothing, "
            f"in how many weeks will {who.he} have the ${goal} that a {thing} costs?",
        ),
        steps=(
            f"{who} still needs {usd(missing, goal, '-', have)}.",
            f"That takes {eq(weeks, missing, '/', weekly)} weeks.",
        ),
        answer=weeks,
    )


def family_tickets(draw: Draw) -> Draft:
    place = draw.choice(("zoo", "museum", "swimming pool", "theme park"))
    adults, children = draw.number(2, 5), draw.number(2, 8)
    adult_price, child_price = draw.number(8, 18), draw.number(3, 7)
    adult_cost, child_cost = adults * adult_price, children * child_price
    total = adult_cost + child_cost
    return Draft(
        variants=(
            f"A ticket for the {place} costs ${adult_price} for an adult and ${child_price} for a child. "
            f"How many dollars do tickets for {adults} adults and {children} children cost altogether?",
            f"{adults} adults and {children} children visit the {place}. Each adult pays ${adult_price} "
            f"and each child pays ${child_price}. How many dollars does the visit cost them altogether?",
            f"At the {place}, adults pay ${adult_price} and children pay ${child_price}. "
            f"What does a group of {adults} adults and {children} children pay, in dollars?",
        ),
        steps=(
            f"The adults pay {usd(adult_cost, adults, '*', adult_price)}.",
            f"The children pay {usd(child_cost, children, '*', child_price)}.",
            f"Together they pay {usd(total, adult_cost, '+', child_cost)}.",
        ),
        answer=total,
    )


def tip_split(draw: Draw) -> Draft:
    who = draw.person()
    people, unit, percent = draw.number(2, 6), draw.number(1, 4), draw.choice((10, 15, 20, 25))
    bill = 20 * people * unit
    tip = bill * percent // 100
    share = (bill + tip) // people
    meal = draw.choice(("dinner", "lunch", "brunch"))
    return Draft(
        variants=(
            f"{people} friends, {who} among them, have {meal} for ${bill}. They add a tip of {percent}% "
            "and split the whole amount equally. How many dollars does each of them pay?",
            f"The bill for {meal} is ${bill}, and a tip of {percent}% of the bill is added. {people} people share "
            f"the cost equally. How many dollars does {who}, who is one of them, pay?",
            f"A {meal} for {people} people costs ${bill} before the tip. They leave a {percent}% tip "
            f"and everyone pays the same amount. What does {who}, one of the {people}, pay in dollars?",
        ),
        steps=(
            f"The tip is {usd(tip, bill, '*', percent, '/', 100)}.",
            f"With the tip they pay {usd(bill + tip, bill, '+', tip)}.",
            f"Each person pays {usd(share, bill + tip, '/', people)}.",
        ),
        answer=share,
    )


def stationery_change(draw: Draw) -> Draft:
    who = draw.person()
    first, second = draw.choice((("pens", "notebooks"), ("brushes", "sketch pads"), ("markers", "folders")))
    a, p, b, q = draw.number(2, 6), draw.number(2, 4), draw.number(2, 5), draw.number(3, 7)
    cost_a, cost_b = a * p, b * q
    total = cost_a + cost_b
    bill = next(note for note in (20, 50, 100) if note > total)
    return Draft(
        variants=(
            f"{who} buys {a} {first} at ${p} each and {b} {second} at ${q} each. {who.He} pays with a ${bill} bill. "
            f"How many dollars does {who.he} get back?",
            f"In a shop, {first} cost ${p} each and {second} cost ${q} each. {who} takes {a} {first} and {b} {second} "
            f"and gives the cashier ${bill}. How much change in dollars does {who} receive?",
            f"{who} has ${bill}. {who.He} spends part of it on {a} {first} for ${p} each and {b} {second} for ${q} "
            f"each. How many dollars does {who} still have?",
        ),
        steps=(
            f"The {first} cost {usd(cost_a, a, '*', p)}.",
            f"The {second} cost {usd(cost_b, b, '*', q)}.",
            f"Everything together costs {usd(total, cost_a, '+', cost_b)}.",
            f"The change is {usd(bill - total, bill, '-', total)}.",
        ),
        answer=bill - total,
    )


def phone_plan(draw: Draw) -> Draft:
    who = draw.person()
    base, included = draw.number(10, 30), draw.number(100, 300, 50)
    extra, cents = draw.number(20, 200, 20), draw.choice((5, 10, 15, 20, 25))
    used, dollars = included + extra, extra * cents // 100
    return Draft(
        variants=(
            f"A phone plan costs ${base} a month and includes {included} minutes of calls. Each further minute costs "
            f"{cents} cents. {who} calls for {used} minutes in one month. How many dollars does {who} pay that month?",
            f"{who} pays ${base} a month for {included} minutes of calls and {cents} cents for every minute beyond "
            f"that. What is the bill in dollars for a month with {used} minutes of calls?",
            f"Last month {who} made calls of {used} minutes in all. The plan has a fixed price of ${base}, "
            f"covers the first {included} minutes and charges {cents} cents for each minute after those. "
            "How many dollars was the bill?",
        ),
        steps=(
            f"{who} pays extra for {eq(extra, used, '-', included)} minutes.",
            f"These cost {eq(extra * cents, extra, '*', cents)} cents.",
            f"That is {usd(dollars, extra * cents, '/', 100)}.",
            f"The bill is {usd(base + dollars, base, '+', dollars)}.",
        ),
        answer=base + dollars,
    )


def fourth_free(draw: Draw) -> Draft:
    who = draw.person()
    thing = draw.choice(("candles", "soaps", "paint tubes", "seed packets"))
    groups, price, note = draw.number(2, 6), draw.number(2, 9), draw.choice((20, 50))
    count, paid = 4 * groups, 3 * groups
    cost = paid * price
    handed = (cost // note + 1) * note
    return Draft(
        variants=(
            f"A shop gives every fourth item for free. {who} takes {count} {thing}, which cost ${price} each, "
            f"and hands over ${handed}. How many dollars of change does {who.he} get?",
            f"On {thing} there is an offer: of every 4, one is free. They cost ${price} each otherwise. "
            f"{who} gets {count} {thing} and pays with ${handed}. How much change in dollars is due?",
            f"{who} picks {count} {thing} in a sale in which one out of every 4 costs nothing. The others cost "
            f"${price} each. {who.He} gives the cashier ${handed}. How many dollars does {who.he} get back?",
        ),
        steps=(
            f"The number of free {thing} is {eq(groups, count, '/', 4)}.",
            f"{who} pays for {eq(paid, count, '-', groups)} {thing}.",
            f"They cost {usd(cost, paid, '*', price)}.",
            f"The change is {usd(handed - cost, handed, '-', cost)}.",
        ),
        answer=handed - cost,
    )


def money_fractions(draw: Draw) -> Draft:
    who = draw.person()
    first, second, unit = draw.choice((3, 4, 5)), draw.choice((3, 4, 5)), draw.number(2, 12)
    start = first * second * unit
    book = start // first
    rest = start - book
    lunch = rest // second
    return Draft(
        variants=(
            f"{who} has ${start}. {who.He} spends {FRACTIONS[first]} of it on a book and then {FRACTIONS[second]} "
            f"of the remaining money on lunch. How many dollars does {who} have left?",
            f"{FRACTIONS[first].capitalize()} of the ${start} in {who}'s wallet goes to a gift. "
            f"{FRACTIONS[second].capitalize()} of the rest goes to flowers. How many dollars remain?",
            f"Out of ${start}, {who} first pays {FRACTIONS[first]} for a train ticket. Of what is left, {who.he} pays "
            f"{FRACTIONS[second]} for a map. How many dollars does {who.he} still have?",
        ),
        steps=(
            f"First {who} spends {usd(book, start, '/', first)}.",
            f"Then {who.he} has {usd(rest, start, '-', book)}.",
            f"Next {who.he} spends {usd(lunch, rest, '/', second)}.",
            f"In the end {who.he} has {usd(rest - lunch, rest, '-', lunch)}.",
        ),
        answer=rest - lunch,
    )


def two_quotes(draw: Draw) -> Draft:
    trade = draw.choice(("plumber", "gardener", "painter", "mechanic"))
    first, second = draw.pair()
    hours, rate, gap = draw.number(4, 8), draw.number(20, 35), draw.number(8, 15)
    fee, more = draw.number(20, 40), draw.number(5, 25)
    dear_rate, high_fee = rate + gap, fee + more
    dear_work, cheap_work = hours * dear_rate, hours * rate
    dear, cheap = fee + dear_work, high_fee + cheap_work
    return Draft(
        variants=(
            f"One {trade}, {first}, charges ${fee} for coming and ${dear_rate} per hour. Another {trade}, {second}, "
            f"charges ${high_fee} for coming and ${rate} per hour. A job takes {hours} hours. "
            f"How many dollars cheaper is {second} than {first}?",
            f"For a job of {hours} hours there are two offers. {first} asks for ${dear_rate} an hour plus a fixed fee "
            f"of ${fee}. {second} asks for ${rate} an hour plus a fixed fee of ${high_fee}. "
            f"How many dollars does one save by choosing {second}?",
            f"{first} and {second} are both {trade}s. {first} takes a fee of ${fee} and ${dear_rate} for each "
            f"hour. {second} takes a fee of ${high_fee} and ${rate} for each hour. How many dollars more than "
            f"{second} does {first} cost for {hours} hours of work?",
        ),
        steps=(
            f"{first} gets {usd(dear_work, hours, '*', dear_rate)} for the hours.",
            f"With the fee, {first} costs {usd(dear, dear_work, '+', fee)}.",
            f"{second} gets {usd(cheap_work, hours, '*', rate)} for the hours.",
            f"With the fee, {second} costs {usd(cheap, cheap_work, '+', high_fee)}.",
            f"The difference is {usd(dear - cheap, dear, '-', cheap)}.",
        ),
        answer=dear - cheap,
    )


def weekly_budget(draw: Draw) -> Draft:
    who = draw.person()
    thing = draw.choice(("used car", "motorboat", "piano", "sailing trip"))
    hours, days, rate = draw.number(6, 8), draw.number(4, 5), draw.number(12, 20)
    rent, food, weeks = draw.number(100, 180, 5), draw.number(8, 12), draw.number(13, 24)
    worked, meals = hours * days, food * 7
    pay, costs = worked * rate, rent + meals
    saved = pay - costs
    goal = weeks * saved
    return Draft(
        variants=(
            f"{who} works {hours} hours a day on {days} days a week and earns ${rate} per hour. {who.His} rent is "
            f"${rent} a week and {who.he} spends ${food} on food on each of the 7 days. {who.He} saves the rest. How "
            f"many weeks does {who} need to save ${goal} for a {thing}?",
            f"A {thing} costs ${goal}. {who} has a job at ${rate} an hour, {hours} hours a day, {days} days a week. "
            f"Every week {who.he} pays ${rent} of rent, and every day of the week ${food} for food. "
            f"If {who.he} saves everything else, after how many weeks can {who.he} pay for the {thing}?",
            f"Each week {who} works on {days} days for {hours} hours, at ${rate} an hour. Rent takes ${rent} of the "
            f"weekly pay and food takes ${food} on all 7 days of the week. The remaining money is saved for a {thing} "
            f"that costs ${goal}. How many weeks of saving are needed?",
        ),
        steps=(
            f"{who} works {eq(worked, hours, '*', days)} hours a week.",
            f"{who.He} earns {usd(pay, worked, '*', rate)} a week.",
            f"Food costs {usd(meals, food, '*', 7)} a week.",
            f"Rent and food cost {usd(costs, rent, '+', meals)} a week.",
            f"{who.He} saves {usd(saved, pay, '-', costs)} a week.",
            f"The {thing} takes {eq(weeks, goal, '/', saved)} weeks.",
        ),
        answer=weeks,
    )


TEMPLATES: tuple[ProblemTemplate, ...] = (
    unit_price,
    change_from_bill,
    jacket_discount,
    saving_weeks,
    family_tickets,
    tip_split,
    stationery_change,
    phone_plan,
    fourth_free,
    money_fractions,
    two_quotes,
    weekly_budget,
)
