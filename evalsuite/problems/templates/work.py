"""Templates about rates of work, pay, production and events."""

from evalsuite.problems.templates.draw import Draft, Draw, ProblemTemplate, eq, usd

__all__ = ["TEMPLATES"]

DEFECT_BOX = ((4, 6), (4, 8), (4, 12), (10, 6), (10, 9), (5, 5), (20, 8), (20, 10))
"""Percent of bottles that fail and bottles in a box, so that all boxes are full."""


def typing_rate(draw: Draw) -> Draft:
    who = draw.person()
    verb, thing = draw.choice((("type", "words"), ("fold", "napkins"), ("stamp", "letters"), ("print", "photos")))
    rate, first, second = draw.number(12, 45), draw.number(2, 6), draw.number(7, 15)
    done = rate * first
    return Draft(
        variants=(
            f"{who} can {verb} {done} {thing} in {first} minutes. At the same pace, how many {thing} can {who.he} "
            f"{verb} in {second} minutes?",
            f"It takes {who} {first} minutes to {verb} {done} {thing}. How many {thing} can {who} {verb} in {second} "
            "minutes without getting slower or faster?",
            f"In {first} minutes {who} manages to {verb} {done} {thing}, always at the same speed. "
            f"How many {thing} does {who.he} manage to {verb} in {second} minutes?",
        ),
        steps=(
            f"In one minute {who} can {verb} {eq(rate, done, '/', first)} {thing}.",
            f"In {second} minutes {who} can {verb} {eq(rate * second, rate, '*', second)} {thing}.",
        ),
        answer=rate * second,
    )


def two_pickers(draw: Draw) -> Draft:
    first, second = draw.pair()
    verb, thing = draw.choice(
        (("packs", "parcels"), ("paints", "fence boards"), ("wraps", "sandwiches"), ("fills", "boxes"))
    )
    a, b, hours = draw.number(4, 20), draw.number(4, 20), draw.number(3, 8)
    both = a + b
    return Draft(
        variants=(
            f"{first} {verb} {a} {thing} an hour and {second} {verb} {b}. How many {thing} are done when both have "
            f"worked for {hours} hours?",
            f"Every hour {first} {verb} {a} {thing} while {second} {verb} {b}. They work side by side for {hours} "
            f"hours. How many {thing} is that in total?",
            f"{first} and {second} work for {hours} hours. In each hour {first} {verb} {a} {thing} and {second} {verb} "
            f"{b}. How many {thing} do they get done together?",
        ),
        steps=(
            f"Together they do {eq(both, a, '+', b)} {thing} an hour.",
            f"In {hours} hours they do {eq(both * hours, both, '*', hours)} {thing}.",
        ),
        answer=both * hours,
    )


def crew_days(draw: Draw) -> Draft:
    who = draw.person()
    job = draw.choice(("build a wall", "repair a road", "paint a bridge", "lay a pipeline"))
    workers, more, factor = draw.number(3, 9), draw.number(2, 6), draw.number(2, 4)
    crew = workers + more
    days, answer = crew * factor, workers * factor
    total = workers * days
    return Draft(
        variants=(
            f"{who} has {workers} workers, who can {job} in {days} days. {who} hires {more} more workers from the "
            "start, and all work at the same speed. In how many days do they finish?",
            f"It takes {workers} workers {days} days to {job}. {who} adds {more} workers from the start who work just "
            "as fast. How many days does it take then?",
            f"A crew of {workers} needs {days} days to {job}. {who} has a crew with {more} people more. If everyone "
            f"does the same amount of work per day, how many days would the job take {who}'s crew?",
        ),
        steps=(
            f"The job takes {eq(total, workers, '*', days)} days of work by one person.",
            f"The larger crew has {eq(crew, workers, '+', more)} people.",
            f"They finish in {eq(answer, total, '/', crew)} days.",
        ),
        answer=answer,
    )


def overtime_pay(draw: Draw) -> Draft:
    who = draw.person()
    normal, over, rate, extra = draw.number(30, 40), draw.number(2, 10), draw.number(11, 22), draw.number(3, 8)
    hours, high = normal + over, rate + extra
    base, bonus = normal * rate, over * high
    return Draft(
        variants=(
            f"{who} earns ${rate} an hour for the first {normal} hours of a week. For each hour beyond these {who.he} "
            f"earns ${extra} more than for a normal hour. How many dollars does {who} earn in a week of {hours} hours?",
            f"The pay in a workshop is ${rate} per hour. Hours above {normal} in a week are overtime and pay ${extra} "
            f"extra each, on top of the normal pay. {who} works {hours} hours this week. How many dollars is that?",
            f"Last week {who} worked {hours} hours. Of these, {normal} were paid at the normal ${rate} an hour, and "
            f"all the others at ${extra} an hour above normal. What was {who.his} pay in dollars?",
        ),
        steps=(
            f"The normal hours bring {usd(base, normal, '*', rate)}.",
            f"There are {eq(over, hours, '-', normal)} hours of overtime.",
            f"An hour of overtime brings {usd(high, rate, '+', extra)}.",
            f"The overtime brings {usd(bonus, over, '*', high)}.",
            f"The pay is {usd(base + bonus, base, '+', bonus)}.",
        ),
        answer=base + bonus,
    )


def bottling_plant(draw: Draw) -> Draft:
    drink = draw.choice(("juice", "milk", "water", "iced tea"))
    hundreds, first, hours = draw.number(3, 6), draw.number(110, 190, 10), draw.number(3, 8)
    (percent, size), price = draw.choice(DEFECT_BOX), draw.number(3, 9)
    both = 100 * hundreds
    second = both - first
    filled = both * hours
    bad = filled * percent // 100
    good = filled - bad
    boxes = good // size
    return Draft(
        variants=(
            f"One machine fills {first} bottles of {drink} an hour and a second one fills {second}. Both run for "
            f"{hours} hours. {percent}% of the bottles turn out faulty and are thrown away. The others are sold in "
            f"boxes of {size} at ${price} per box. How many dollars do they bring?",
            f"Two machines run for {hours} hours. Each hour, one fills {first} bottles of {drink} and the other "
            f"{second}. Then {percent}% of all bottles are sorted out. The rest go into boxes of {size}, and each box "
            f"is sold for ${price}. What is the income in dollars?",
            f"A box of {size} bottles of {drink} sells for ${price}. Two machines fill {first} and {second} bottles "
            f"per hour. How many dollars do the bottles of {hours} hours bring, if {percent}% of them cannot be sold "
            "and the others are sold in boxes?",
        ),
        steps=(
            f"In an hour the machines fill {eq(both, first, '+', second)} bottles.",
            f"In {hours} hours they fill {eq(filled, both, '*', hours)} bottles.",
            f"Not for sale are {eq(bad, filled, '*', percent, '/', 100)} bottles.",
            f"For sale are {eq(good, filled, '-', bad)} bottles.",
            f"They fill {eq(boxes, good, '/', size)} boxes.",
            f"The boxes bring {usd(boxes * price, boxes, '*', price)}.",
        ),
        answer=boxes * price,
    )


def concert_hall(draw: Draw) -> Draft:
    event = draw.choice(("concert", "play", "circus show", "film night"))
    rows, seats, percent = draw.choice((10, 20, 30)), draw.number(12, 24), draw.choice((60, 70, 80, 90))
    children, adult_price, child_price = draw.number(15, 50), draw.number(8, 15), draw.number(3, 6)
    total = rows * seats
    sold = total * percent // 100
    adults = sold - children
    adult_money, child_money = adults * adult_price, children * child_price
    return Draft(
        variants=(
            f"A hall has {rows} rows of {seats} seats. For a {event}, {percent}% of the seats are sold, {children} of "
            f"them to children. A ticket costs ${adult_price} for an adult and ${child_price} for a child. How many "
            "dollars do the tickets bring?",
            f"For a {event}, adults pay ${adult_price} and children pay ${child_price}. The hall has {rows} rows with "
            f"{seats} seats each, and {percent}% of all seats are taken. Of the people in them, {children} are "
            "children and the others adults. How many dollars have they paid altogether?",
            f"{percent}% of the seats in a hall of {rows} rows with {seats} seats are sold for a {event}. {children} "
            f"tickets go to children at ${child_price} each and the rest to adults at ${adult_price} each. What is "
            "the income from tickets in dollars?",
        ),
        steps=(
            f"The hall has {eq(total, rows, '*', seats)} seats.",
            f"Of these, {eq(sold, total, '*', percent, '/', 100)} are sold.",
            f"Adults take {eq(adults, sold, '-', children)} seats.",
            f"They pay {usd(adult_money, adults, '*', adult_price)}.",
            f"The children pay {usd(child_money, children, '*', child_price)}.",
            f"Together that is {usd(adult_money + child_money, adult_money, '+', child_money)}.",
        ),
        answer=adult_money + child_money,
    )


TEMPLATES: tuple[ProblemTemplate, ...] = (
    typing_rate,
    two_pickers,
    crew_days,
    overtime_pay,
    bottling_plant,
    concert_hall,
)
