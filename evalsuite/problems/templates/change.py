"""Templates about parts of a whole and change over time: fractions, percentages, growth."""

from evalsuite.problems.templates.draw import FRACTIONS, Draft, Draw, ProblemTemplate, eq, usd

__all__ = ["TEMPLATES"]


def fraction_of_runners(draw: Draw) -> Draft:
    who = draw.person()
    group = draw.choice(("runners", "singers", "dancers", "swimmers"))
    parts, each = draw.choice((2, 3, 4, 5, 6, 8)), draw.number(7, 45)
    total = parts * each
    return Draft(
        variants=(
            f"{FRACTIONS[parts].capitalize()} of the {total} {group} in {who}'s town are children. "
            f"How many of the {group} are children?",
            f"{who} counts {total} {group} at a festival, and {FRACTIONS[parts]} of them wear red. "
            f"How many {group} wear red?",
            f"Of {total} {group}, {FRACTIONS[parts]} are new this year. How many new {group} does {who} have to greet?",
        ),
        steps=(f"{FRACTIONS[parts].capitalize()} of {total} is {eq(each, total, '/', parts)}.",),
        answer=each,
    )


def fraction_left(draw: Draw) -> Draft:
    who = draw.person()
    parts, each = draw.choice((3, 4, 5, 6, 8)), draw.number(6, 40)
    total = parts * each
    thing, gone = draw.choice((("books", "lends out"), ("pumpkins", "sells"), ("tulip bulbs", "plants")))
    return Draft(
        variants=(
            f"{who} has {total} {thing} and {gone} {FRACTIONS[parts]} of them. How many of the {thing} are left?",
            f"Of {who.his} {total} {thing}, {who} {gone} {FRACTIONS[parts]}. How many {thing} remain?",
            f"{who} {gone} {FRACTIONS[parts]} of {total} {thing}. How many {thing} are left over?",
        ),
        steps=(
            f"{who} {gone} {eq(each, total, '/', parts)} {thing}.",
            f"That leaves {eq(total - each, total, '-', each)} {thing}.",
        ),
        answer=total - each,
    )


def club_growth(draw: Draw) -> Draft:
    who = draw.person()
    what, units = draw.choice((("village", "people"), ("club", "members"), ("library", "books"), ("forest", "oaks")))
    start, percent = draw.number(200, 1500, 100), draw.number(3, 28)
    more = start * percent // 100
    return Draft(
        variants=(
            f"There are {start} {units} in {who}'s {what}. Within a year the number grows by {percent}%. "
            f"How many {units} are there after that year?",
            f"Last year a {what} had {start} {units}. This year {who} counts {percent}% more. "
            f"How many {units} does {who} count?",
            f"The number of {units} in a {what} was {start} and has risen by {percent}%. {who} wants to know the "
            "number now. What is it?",
        ),
        steps=(
            f"The growth is {eq(more, start, '*', percent, '/', 100)} {units}.",
            f"Now there are {eq(start + more, start, '+', more)} {units}.",
        ),
        answer=start + more,
    )


def views_doubling(draw: Draw) -> Draft:
    who = draw.person()
    start, (verb, factor) = draw.number(5, 90), draw.choice((("doubles", 2), ("triples", 3)))
    thing = draw.choice(("video", "photo", "drawing"))
    second = start * factor
    third = second * factor
    fourth = third * factor
    return Draft(
        variants=(
            f"On Monday {start} people look at a {thing} that {who} has put online. Each day after that the number "
            f"{verb}. How many people look at it on Thursday of the same week?",
            f"{who} shares a {thing}. It gets {start} views on day 1, and the number of views {verb} from each day to "
            "the next. How many views does it get on day 4?",
            f"A {thing} by {who} has {start} views in its first week. In each of the next 3 weeks the number of weekly "
            f"views {verb}. How many views does it have in the last of these weeks?",
        ),
        steps=(
            f"The second number is {eq(second, start, '*', factor)}.",
            f"The third is {eq(third, second, '*', factor)}.",
            f"The fourth is {eq(fourth, third, '*', factor)}.",
        ),
        answer=fourth,
    )


def rising_savings(draw: Draw) -> Draft:
    who = draw.person()
    start, more = draw.number(5, 40), draw.number(2, 12)
    second, third, fourth = start + more, start + 2 * more, start + 3 * more
    total = start + second + third + fourth
    return Draft(
        variants=(
            f"{who} saves ${start} in the first week and in every following week ${more} more than in the week before. "
            f"How many dollars has {who} saved after 4 weeks?",
            f"In week 1 {who} puts ${start} into a money box. Each week {who.he} puts in ${more} more than the week "
            "before. How many dollars are put in during the first 4 weeks altogether?",
            f"For 4 months {who} gives money to a charity: ${start} in the first month and then each month ${more} "
            "more than in the month before. How many dollars is that in all?",
        ),
        steps=(
            f"The second amount is {usd(second, start, '+', more)}.",
            f"The third amount is {usd(third, second, '+', more)}.",
            f"The fourth amount is {usd(fourth, third, '+', more)}.",
            f"Together that is {usd(total, start, '+', second, '+', third, '+', fourth)}.",
        ),
        answer=total,
    )


def bank_interest(draw: Draw) -> Draft:
    who, thing = draw.person(), draw.choice(("printer", "bookcase", "sewing machine", "tablet"))
    amount, percent, years = draw.number(300, 2000, 100), draw.number(2, 6), draw.number(2, 6)
    price = draw.number(85, 290, 5)
    yearly = amount * percent // 100
    interest = yearly * years
    total = amount + interest
    return Draft(
        variants=(
            f"{who} puts ${amount} into a bank. Each year the bank pays {percent}% of this first amount as interest. "
            f"After {years} years {who} takes out everything and buys a {thing} for ${price}. How many dollars are "
            "left?",
            f"A bank pays simple interest of {percent}% a year on the ${amount} that {who} brings, always on this "
            f"amount. After {years} years {who} gets the money back with the interest and pays ${price} for a "
            f"{thing}. How many dollars does {who} have then?",
            f"{who} lends ${amount} for {years} years and receives, besides the sum itself, {percent}% of ${amount} "
            f"for each year. From all this money {who} buys a {thing} that costs ${price}. How many dollars remain?",
        ),
        steps=(
            f"One year brings {usd(yearly, amount, '*', percent, '/', 100)}.",
            f"All years bring {usd(interest, yearly, '*', years)}.",
            f"Then {who} has {usd(total, amount, '+', interest)}.",
            f"After the purchase {usd(total - price, total, '-', price)} are left.",
        ),
        answer=total - price,
    )


TEMPLATES: tuple[ProblemTemplate, ...] = (
    fraction_of_runners,
    fraction_left,
    club_growth,
    views_doubling,
    rising_savings,
    bank_interest,
)
