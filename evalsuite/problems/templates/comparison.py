"""Templates that compare people and things: more, fewer, times as many, ages, shares."""

from evalsuite.problems.templates.draw import Draft, Draw, ProblemTemplate, eq, times

__all__ = ["TEMPLATES"]


def shells_times(draw: Draw) -> Draft:
    first, second = draw.pair()
    thing = draw.choice(("shells", "stamps", "coins", "postcards"))
    count, factor = draw.number(6, 48), draw.number(2, 9)
    return Draft(
        variants=(
            f"{first} has {count} {thing}. {second} has {times(factor)} as many. How many {thing} does {second} have?",
            f"{second} has collected {times(factor)} as many {thing} as {first}, who has {count}. "
            f"How many {thing} has {second} collected?",
            f"{first} owns {count} {thing}, and {second} owns {times(factor)} that number. "
            f"How many {thing} does {second} own?",
        ),
        steps=(f"{second} has {eq(count * factor, count, '*', factor)} {thing}.",),
        answer=count * factor,
    )


def height_gap(draw: Draw) -> Draft:
    first, second = draw.pair()
    plant = draw.choice(("sunflower", "tomato plant", "young tree", "bean plant"))
    low, gap = draw.number(45, 150), draw.number(7, 44)
    high = low + gap
    return Draft(
        variants=(
            f"{first}'s {plant} is {high} centimeters tall and {second}'s {plant} is {low} centimeters tall. "
            f"How many centimeters taller is {first}'s {plant}?",
            f"{second} measures a {plant} of {low} centimeters. {first} measures one of {high} centimeters. "
            "How many centimeters are between the two heights?",
            f"One {plant} has grown to {high} centimeters, another to {low} centimeters. "
            "By how many centimeters is the second one shorter than the first?",
        ),
        steps=(f"The difference is {eq(gap, high, '-', low)} centimeters.",),
        answer=gap,
    )


def pooled_share(draw: Draw) -> Draft:
    first, second = draw.pair()
    thing = draw.choice(("walnuts", "beads", "toy cars", "seeds", "crayons"))
    groups, each = draw.number(3, 9), draw.number(6, 20)
    total = groups * each
    a = draw.number(5, total - 5)
    b = total - a
    return Draft(
        variants=(
            f"{first} brings {a} {thing} and {second} brings {b}. They put them together and deal them out equally to "
            f"{groups} children. How many {thing} does each child get?",
            f"{groups} children share the {a} {thing} of {first} and the {b} {thing} of {second} equally. "
            f"How many {thing} are there for each child?",
            f"{first} has {a} {thing}, {second} has {b}. They fill all of them into {groups} bags so that every bag "
            f"has the same number. How many {thing} are in a bag?",
        ),
        steps=(
            f"Together they have {eq(total, a, '+', b)} {thing}.",
            f"Each part has {eq(each, total, '/', groups)} {thing}.",
        ),
        answer=each,
    )


def age_ratio_future(draw: Draw) -> Draft:
    child, adult = draw.pair()
    age, factor, years = draw.number(6, 12), draw.number(3, 5), draw.number(3, 18)
    now = age * factor
    return Draft(
        variants=(
            f"{child} is {age} years old. {adult} is {times(factor)} as old. How old will {adult} be in {years} years?",
            f"{adult} is {times(factor)} as old as {child}, who is {age}. What will {adult}'s age be {years} years "
            "from now?",
            f"At the age of {age}, {child} has a neighbor, {adult}, who is {times(factor)} that age. "
            f"How old will {adult} be when {years} years have passed?",
        ),
        steps=(
            f"{adult} is {eq(now, age, '*', factor)} years old now.",
            f"In {years} years {adult} will be {eq(now + years, now, '+', years)}.",
        ),
        answer=now + years,
    )


def unequal_split(draw: Draw) -> Draft:
    first, second = draw.pair()
    thing = draw.choice(("photos", "tickets", "tulips", "stones", "letters"))
    small, more = draw.number(8, 60), draw.number(4, 30)
    total, twice = 2 * small + more, 2 * small
    return Draft(
        variants=(
            f"{first} and {second} have {total} {thing} together. {first} has {more} more than {second}. "
            f"How many {thing} does {second} have?",
            f"{total} {thing} belong to {first} and {second}. {second} has {more} fewer than {first}. "
            f"How many of the {thing} are {second}'s?",
            f"{first} and {second} divide {total} {thing} so that {first} gets {more} more than {second}. "
            f"How many {thing} does {second} get?",
        ),
        steps=(
            f"Without the extra ones there are {eq(twice, total, '-', more)} {thing}.",
            f"{second} has half of these, {eq(small, twice, '/', 2)} {thing}.",
        ),
        answer=small,
    )


def three_collectors(draw: Draw) -> Draft:
    first, second = draw.pair()
    third = draw.choice(("Bo", "Kim", "Lee", "Max", "Sam"))
    thing = draw.choice(("mushrooms", "chestnuts", "feathers", "bottle caps"))
    a, factor = draw.number(11, 30), draw.number(2, 4)
    b = a * factor
    fewer = draw.number(3, 15)
    c = b - fewer
    return Draft(
        variants=(
            f"{first} finds {a} {thing}. {second} finds {times(factor)} as many as {first}, and {third} finds {fewer} "
            f"fewer than {second}. How many {thing} do the three find together?",
            f"{second} has {times(factor)} as many {thing} as {first}. {third} has {fewer} fewer {thing} than "
            f"{second}. {first} has {a} {thing}. How many {thing} do they have in total?",
            f"Three friends collect {thing}: {first} collects {a}, {second} {times(factor)} that number, and {third} "
            f"{fewer} fewer than {second}. How many {thing} is that altogether?",
        ),
        steps=(
            f"{second} has {eq(b, a, '*', factor)} {thing}.",
            f"{third} has {eq(c, b, '-', fewer)} {thing}.",
            f"Together they have {eq(a + b + c, a, '+', b, '+', c)} {thing}.",
        ),
        answer=a + b + c,
    )


def aunt_age(draw: Draw) -> Draft:
    child = draw.person()
    relative = draw.choice(("aunt", "uncle", "teacher", "coach"))
    age, years, factor = draw.number(5, 12), draw.number(2, 10), draw.number(3, 4)
    child_then = age + years
    adult_then = child_then * factor
    return Draft(
        variants=(
            f"{child} is {age} years old. In {years} years {child.his} {relative} will be {factor} times as old as "
            f"{child} will be then. How old is the {relative} now?",
            f"In {years} years, {child}'s {relative} will be exactly {factor} times as old as {child}. {child} is "
            f"{age} now. What is the {relative}'s age today?",
            f"{child}, who is {age}, has worked out that in {years} years {child.his} {relative}'s age will be "
            f"{factor} times {child.his} own age. How many years old is the {relative} at present?",
        ),
        steps=(
            f"In {years} years {child} will be {eq(child_then, age, '+', years)}.",
            f"Then the {relative} will be {eq(adult_then, child_then, '*', factor)}.",
            f"Now the {relative} is {eq(adult_then - years, adult_then, '-', years)}.",
        ),
        answer=adult_then - years,
    )


TEMPLATES: tuple[ProblemTemplate, ...] = (
    shells_times,
    height_gap,
    pooled_share,
    age_ratio_future,
    unequal_split,
    three_collectors,
    aunt_age,
)
