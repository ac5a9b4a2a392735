"""Templates about lengths, areas, volumes, tanks and pumps."""

from math import gcd

from evalsuite.problems.templates.draw import Draft, Draw, ProblemTemplate, eq, usd

__all__ = ["TEMPLATES"]

PUMP_HOURS = ((3, 6), (6, 12), (4, 12), (5, 20), (10, 15), (8, 24), (12, 24), (9, 18), (20, 30), (12, 36), (6, 30))
"""Hours of two pumps alone for which the hours of both together are whole."""


def garden_area(draw: Draw) -> Draft:
    who, what = draw.person(), draw.choice(("garden", "courtyard", "playground", "meadow"))
    length, width = draw.number(12, 40), draw.number(4, 11)
    area = length * width
    return Draft(
        variants=(
            f"{who} measures a rectangular {what}. It is {length} meters long and {width} meters wide. "
            "What is its area in square meters?",
            f"What is the area, in square meters, of a rectangular {what} that is {length} meters by {width} meters?",
            f"A rectangular {what} has a length of {length} meters and a width of {width} meters. "
            "How many square meters does it cover?",
        ),
        steps=(f"The area is {eq(area, length, '*', width)} square meters.",),
        answer=area,
    )


def square_side(draw: Draw) -> Draft:
    who, what = draw.person(), draw.choice(("picture frame", "tablecloth", "flower bed", "blanket"))
    side = draw.number(15, 130)
    around = 4 * side
    return Draft(
        variants=(
            f"The edge of {who}'s square {what} is {around} centimeters long all the way around. "
            "How many centimeters long is one side?",
            f"{who} puts a ribbon once around a square {what}. The ribbon is {around} centimeters long and just meets "
            "itself. How many centimeters does one side measure?",
            f"{who}'s square {what} has a perimeter of {around} centimeters. What is its side length in centimeters?",
        ),
        steps=(f"One side is {eq(side, around, '/', 4)} centimeters long.",),
        answer=side,
    )


def fence_length(draw: Draw) -> Draft:
    who, what = draw.person(), draw.choice(("pasture", "yard", "vegetable field", "campground"))
    length, width = draw.number(21, 80), draw.number(8, 20)
    half = length + width
    return Draft(
        variants=(
            f"{who} builds a fence all around a rectangular {what} that is {length} meters long and {width} meters "
            "wide. How many meters of fence does that take?",
            f"A rectangular {what} measures {length} meters by {width} meters. {who} walks once around its edge. "
            f"How many meters does {who} walk?",
            f"What is the perimeter, in meters, of a rectangular {what} with sides of {length} meters and {width} "
            "meters?",
        ),
        steps=(
            f"A long and a short side have {eq(half, length, '+', width)} meters together.",
            f"All four sides have {eq(2 * half, half, '*', 2)} meters.",
        ),
        answer=2 * half,
    )


def leaking_tank(draw: Draw) -> Draft:
    what = draw.choice(("tank", "barrel", "pond", "trough"))
    leak, net, minutes = draw.number(2, 8), draw.number(4, 15), draw.number(6, 40)
    inflow, capacity = leak + net, net * minutes
    return Draft(
        variants=(
            f"An empty {what} holds {capacity} liters. A hose puts in {inflow} liters a minute, but {leak} liters a "
            f"minute leak out. After how many minutes is the {what} full?",
            f"Every minute {inflow} liters of water flow into a {what} and {leak} liters flow out of it. The {what} is "
            f"empty at first and holds {capacity} liters. How many minutes does it take to fill?",
            f"How many minutes does it take to fill an empty {what} of {capacity} liters, if {inflow} liters run in "
            f"and {leak} liters run out every minute?",
        ),
        steps=(
            f"Each minute the {what} gains {eq(net, inflow, '-', leak)} liters.",
            f"It is full after {eq(minutes, capacity, '/', net)} minutes.",
        ),
        answer=minutes,
    )


def lawn_around_pond(draw: Draw) -> Draft:
    who, inner = draw.person(), draw.choice(("pond", "sandbox", "terrace", "greenhouse"))
    length, width = draw.number(14, 30), draw.number(9, 13)
    inner_length, inner_width = draw.number(6, 9), draw.number(2, 5)
    whole, hole = length * width, inner_length * inner_width
    return Draft(
        variants=(
            f"{who}'s yard is a rectangle of {length} by {width} meters. In it lies a rectangular {inner} of "
            f"{inner_length} by {inner_width} meters. All the rest is lawn. How many square meters of lawn are there?",
            f"A rectangular {inner} that is {inner_length} meters long and {inner_width} meters wide is built on a "
            f"rectangular lawn that is {length} meters long and {width} meters wide. "
            "How many square meters of the lawn remain?",
            f"On a rectangular lot of {length} meters by {width} meters, grass grows everywhere except on a "
            f"rectangular {inner} of {inner_length} meters by {inner_width} meters. How many square meters of grass "
            f"must {who} mow?",
        ),
        steps=(
            f"The whole area is {eq(whole, length, '*', width)} square meters.",
            f"The {inner} covers {eq(hole, inner_length, '*', inner_width)} square meters.",
            f"That leaves {eq(whole - hole, whole, '-', hole)} square meters.",
        ),
        answer=whole - hole,
    )


def barrel_days(draw: Draw) -> Draft:
    who, what = draw.person(), draw.choice(("water", "heating oil", "lamp oil"))
    daily, days, more = draw.number(4, 15), draw.number(3, 8), draw.number(1, 8)
    left_days = days + more
    used, left = daily * days, daily * left_days
    total = used + left
    return Draft(
        variants=(
            f"A barrel holds {total} liters of {what}. {who} uses {daily} liters a day. After {days} days, "
            "for how many more days will the rest last?",
            f"{who} starts with {total} liters of {what} and uses {daily} liters every day. After {days} days, "
            f"for how many further days can {who} go on like this?",
            f"For {days} days {who} has taken {daily} liters of {what} a day from a barrel that held {total} liters at "
            f"first. At the same daily use, how many days will it take to empty what is left?",
        ),
        steps=(
            f"In {days} days {who} uses {eq(used, daily, '*', days)} liters.",
            f"That leaves {eq(left, total, '-', used)} liters.",
            f"They last for {eq(left_days, left, '/', daily)} more days.",
        ),
        answer=left_days,
    )


def floor_tiles(draw: Draw) -> Draft:
    who, what = draw.person(), draw.choice(("bathroom floor", "kitchen wall", "balcony", "hallway floor"))
    tile, along, across, price = (
        draw.choice((15, 20, 25, 30)),
        draw.number(10, 16),
        draw.number(5, 9),
        draw.number(2, 5),
    )
    length, width = tile * along, tile * across
    tiles = along * across
    return Draft(
        variants=(
            f"{who} covers a {what} of {length} by {width} centimeters completely with square tiles. The sides of a "
            f"tile are {tile} centimeters long, and a tile costs ${price}. How many dollars do the tiles cost?",
            f"A {what} is {length} centimeters long and {width} centimeters wide. {who} tiles all of it with squares "
            f"of {tile} by {tile} centimeters at ${price} each. What do the tiles cost in dollars?",
            f"Square tiles with sides of {tile} centimeters cost ${price} each. How many dollars does {who} pay for "
            f"the tiles that exactly cover a {what} measuring {length} centimeters by {width} centimeters?",
        ),
        steps=(
            f"Along the length fit {eq(along, length, '/', tile)} tiles.",
            f"Along the width fit {eq(across, width, '/', tile)} tiles.",
            f"In all there are {eq(tiles, along, '*', across)} tiles.",
            f"They cost {usd(tiles * price, tiles, '*', price)}.",
        ),
        answer=tiles * price,
    )


def tank_top_up(draw: Draw) -> Draft:
    who, what = draw.person(), draw.choice(("pool", "rain barrel", "fish tank"))
    rate, first, more = draw.number(6, 12), draw.number(5, 12), draw.number(13, 24)
    taken = draw.number(8, 28)
    filled = rate * first
    rest = filled - taken
    missing = rate * more
    capacity = rest + missing
    return Draft(
        variants=(
            f"{who} fills an empty {what} with {rate} liters a minute for {first} minutes. Then {who.he} takes out "
            f"{taken} liters. The {what} holds {capacity} liters. At the same rate, how many more minutes does it "
            "take to fill it?",
            f"A {what} for {capacity} liters is empty. Water runs into it for {first} minutes at {rate} liters a "
            f"minute, and after that {taken} liters are used. How many minutes must the water run again, at the same "
            f"rate, until the {what} is full?",
            f"Water flows into an empty {what} at {rate} liters a minute. After {first} minutes {who} stops it and "
            f"scoops out {taken} liters. For how many minutes must the water flow after that to reach {capacity} "
            "liters?",
        ),
        steps=(
            f"At first {eq(filled, rate, '*', first)} liters flow in.",
            f"After some is taken out, {eq(rest, filled, '-', taken)} liters remain.",
            f"Still missing are {eq(missing, capacity, '-', rest)} liters.",
            f"They take {eq(more, missing, '/', rate)} minutes.",
        ),
        answer=more,
    )


def two_pumps(draw: Draw) -> Draft:
    who, what = draw.person(), draw.choice(("pool", "cistern", "fish pond", "water tower"))
    (a, b), unit = draw.choice(PUMP_HOURS), draw.number(40, 200, 5)
    volume = a * b // gcd(a, b) * unit
    rate_a, rate_b = volume // a, volume // b
    both = rate_a + rate_b
    hours = volume // both
    return Draft(
        variants=(
            f"{who}'s {what} holds {volume} liters. One pump alone fills it in {a} hours, another alone in {b} hours. "
            "How many hours do both pumps together need to fill it?",
            f"To fill a {what} of {volume} liters, {who} has a strong pump that needs {a} hours and a weak pump that "
            f"needs {b} hours. {who} runs both at the same time. After how many hours is the {what} full?",
            f"{who} lets two pumps work together to fill an empty {what} of {volume} liters. The first would need {a} "
            f"hours by itself, the second {b} hours by itself. In how many hours do they fill it?",
        ),
        steps=(
            f"One pump moves {eq(rate_a, volume, '/', a)} liters an hour.",
            f"The other moves {eq(rate_b, volume, '/', b)} liters an hour.",
            f"Together they move {eq(both, rate_a, '+', rate_b)} liters an hour.",
            f"They need {eq(hours, volume, '/', both)} hours.",
        ),
        answer=hours,
    )


def paint_room(draw: Draw) -> Draft:
    who, what = draw.person(), draw.choice(("room", "workshop", "garage", "barn"))
    length, width, height = draw.number(8, 12), draw.number(4, 7), draw.number(2, 4)
    reach = draw.choice((4, 5, 6))
    long_walls, short_walls = 2 * length * height, 2 * width * height
    walls = long_walls + short_walls
    openings = walls % reach + reach
    area = walls - openings
    liters = area // reach
    return Draft(
        variants=(
            f"{who} paints the four walls of a {what} that is {length} meters long, {width} meters wide and {height} "
            f"meters high. Doors and windows take up {openings} square meters and are not painted. One liter of paint "
            f"covers {reach} square meters. How many liters does {who} need?",
            f"A {what} has two walls of {length} by {height} meters and two walls of {width} by {height} meters. Of "
            f"this, {openings} square meters are windows and doors. How many liters of paint do the walls take, "
            f"without windows and doors, if a liter is enough for {reach} square meters?",
            f"A liter of paint is enough for {reach} square meters. How many liters does it take to paint the four "
            f"walls of a {what} {length} meters long, {width} meters wide and {height} meters high, when {openings} "
            "square meters of windows and doors stay unpainted?",
        ),
        steps=(
            f"The long walls have {eq(long_walls, 2, '*', length, '*', height)} square meters.",
            f"The short walls have {eq(short_walls, 2, '*', width, '*', height)} square meters.",
            f"All walls have {eq(walls, long_walls, '+', short_walls)} square meters.",
            f"To be painted are {eq(area, walls, '-', openings)} square meters.",
            f"The amount of paint is {eq(liters, area, '/', reach)} liters.",
        ),
        answer=liters,
    )


def aquarium(draw: Draw) -> Draft:
    who = draw.person()
    length, width, height = draw.number(60, 120, 10), draw.number(30, 50, 10), draw.number(30, 50, 10)
    bucket, full = draw.number(3, 6), draw.number(1, 4)
    base = length * width
    cubic = base * height
    liters = cubic // 1000
    inside = liters % bucket + full * bucket
    missing = liters - inside
    return Draft(
        variants=(
            f"{who}'s aquarium is {length} cm long, {width} cm wide and {height} cm high. A liter is 1000 cubic cm. "
            f"There are {inside} liters of water in it. How many buckets of {bucket} liters are needed to fill it to "
            "the top?",
            f"An aquarium measures {length} cm by {width} cm by {height} cm inside and already contains {inside} "
            f"liters of water. {who} fills it to the top with a bucket of {bucket} liters. How many full buckets does "
            "that take, if 1000 cubic cm make a liter?",
            f"A bucket holds {bucket} liters, and 1000 cubic cm are a liter. In an aquarium with a length of {length} "
            f"cm, a width of {width} cm and a height of {height} cm there are {inside} liters. How many buckets of "
            f"water must {who} add until it is full?",
        ),
        steps=(
            f"The bottom has {eq(base, length, '*', width)} square cm.",
            f"The aquarium has {eq(cubic, base, '*', height)} cubic cm.",
            f"That is {eq(liters, cubic, '/', 1000)} liters.",
            f"Still missing are {eq(missing, liters, '-', inside)} liters.",
            f"These are {eq(missing // bucket, missing, '/', bucket)} buckets.",
        ),
        answer=missing // bucket,
    )


def fence_with_gate(draw: Draw) -> Draft:
    who, what = draw.person(), draw.choice(("chicken run", "garden", "dog park", "paddock"))
    length, width, gate = draw.number(14, 30), draw.number(8, 13), draw.number(2, 4)
    price, gate_price = draw.number(6, 15), draw.number(45, 120, 5)
    half = length + width
    around = 2 * half
    fence = around - gate
    cost = fence * price
    return Draft(
        variants=(
            f"{who} fences a rectangular {what} of {length} by {width} meters. The fence costs ${price} per meter. On "
            f"one side there is a gate {gate} meters wide instead of fence, and the gate costs ${gate_price}. How "
            "many dollars do fence and gate cost together?",
            f"Around a rectangular {what} {length} meters long and {width} meters wide goes a fence at ${price} a "
            f"meter, except for {gate} meters, where a gate for ${gate_price} is put in. What is the total cost in "
            "dollars?",
            f"A gate {gate} meters wide costs ${gate_price}, and fence costs ${price} for each meter. {who} wants to "
            f"close off a rectangular {what} of {length} meters by {width} meters with fence all around and one gate "
            f"in it. How many dollars must {who} pay?",
        ),
        steps=(
            f"One long and one short side have {eq(half, length, '+', width)} meters.",
            f"The way around is {eq(around, half, '*', 2)} meters.",
            f"Without the gate it is {eq(fence, around, '-', gate)} meters.",
            f"The fence costs {usd(cost, fence, '*', price)}.",
            f"With the gate it is {usd(cost + gate_price, cost, '+', gate_price)}.",
        ),
        answer=cost + gate_price,
    )


TEMPLATES: tuple[ProblemTemplate, ...] = (
    garden_area,
    square_side,
    fence_length,
    leaking_tank,
    lawn_around_pond,
    barrel_days,
    floor_tiles,
    tank_top_up,
    two_pumps,
    paint_room,
    aquarium,
    fence_with_gate,
)
