"""Templates about harvests, recipes, packing and drinks."""

from evalsuite.problems.templates.draw import Draft, Draw, ProblemTemplate, eq, usd

__all__ = ["TEMPLATES"]


def apple_crates(draw: Draw) -> Draft:
    who, fruit = draw.person(), draw.choice(("apples", "pears", "oranges", "lemons"))
    crates, each = draw.number(3, 12), draw.number(11, 40)
    total = crates * each
    return Draft(
        variants=(
            f"{who} fills {crates} crates with {each} {fruit} each. How many {fruit} are in the crates altogether?",
            f"A truck carries {crates} crates, and every crate holds {each} {fruit}. "
            f"How many {fruit} does the truck carry?",
            f"{who} packs {each} {fruit} into each of {crates} crates. How many {fruit} does {who} pack?",
        ),
        steps=(f"The crates hold {eq(total, crates, '*', each)} {fruit}.",),
        answer=total,
    )


def jar_before(draw: Draw) -> Draft:
    who, thing = draw.person(), draw.choice(("cookies", "cherries", "olives", "almonds"))
    taken, left = draw.number(6, 39), draw.number(12, 80)
    return Draft(
        variants=(
            f"{who} takes {taken} {thing} out of a jar. Now {left} {thing} are in the jar. "
            f"How many {thing} were in the jar at first?",
            f"After {who} eats {taken} {thing} from a bowl, there are {left} left in it. "
            f"How many {thing} were in the bowl before?",
            f"{who} gave away {taken} of {who.his} {thing} and kept the other {left}. "
            f"How many {thing} did {who} have before that?",
        ),
        steps=(f"At first there were {eq(left + taken, left, '+', taken)} {thing}.",),
        answer=left + taken,
    )


def muffins_left(draw: Draw) -> Draft:
    who, thing = draw.person(), draw.choice(("muffins", "rolls", "cupcakes", "pretzels"))
    trays, each = draw.number(3, 9), draw.number(6, 15)
    baked = trays * each
    sold = draw.number(7, baked - 4)
    return Draft(
        variants=(
            f"{who} bakes {trays} trays of {each} {thing} and sells {sold} of them. How many {thing} are left?",
            f"A baker takes {trays} trays out of the oven, each with {each} {thing}. By noon {sold} {thing} are sold. "
            f"How many {thing} are still there?",
            f"There are {each} {thing} on each of {trays} trays. {who}'s customers buy {sold} {thing}. "
            f"How many {thing} remain unsold?",
        ),
        steps=(
            f"There are {eq(baked, trays, '*', each)} {thing} at first.",
            f"After the sale {eq(baked - sold, baked, '-', sold)} {thing} are left.",
        ),
        answer=baked - sold,
    )


def eggs_left_over(draw: Draw) -> Draft:
    who, thing = draw.person(), draw.choice(("eggs", "jam jars", "chocolates", "bottles"))
    size, full = draw.number(5, 12), draw.number(6, 20)
    left = draw.number(2, size - 1)
    packed = full * size
    total = packed + left
    return Draft(
        variants=(
            f"{who} packs {total} {thing} into boxes of {size}, filling as many boxes as possible. "
            f"How many {thing} are left over?",
            f"A box holds {size} {thing}. {who} has {total} {thing} and fills box after box until there are too few "
            f"for another full box. How many {thing} stay unpacked?",
            f"{total} {thing} are put into boxes that hold exactly {size} each. No box may be partly filled. "
            f"How many {thing} do not fit into a full box?",
        ),
        steps=(
            f"{size} goes {full} times into {total}, and {full} full boxes hold {eq(packed, full, '*', size)} {thing}.",
            f"So {eq(left, total, '-', packed)} {thing} are left over.",
        ),
        answer=left,
    )


def recipe_scaled(draw: Draw) -> Draft:
    who = draw.person()
    amount = draw.choice(("cups of flour", "eggs", "spoons of sugar", "potatoes", "tomatoes"))
    serves, factor = draw.number(3, 6), draw.number(2, 8)
    needed = serves + draw.choice((-1, 1, 2, 3, 4))
    guests, total = serves * factor, needed * factor
    return Draft(
        variants=(
            f"A recipe for {serves} people needs {needed} {amount}. {who} cooks the same dish for {guests} people. "
            f"How many {amount} does {who} need?",
            f"{who} uses {needed} {amount} to cook for {serves} people. "
            f"How many {amount} would the same dish take for {guests} people?",
            f"To feed {serves} people, a dish takes {needed} {amount}. "
            f"How many {amount} does it take to feed {guests} people with it?",
        ),
        steps=(
            f"The recipe is needed {eq(factor, guests, '/', serves)} times.",
            f"That takes {eq(total, factor, '*', needed)} {amount}.",
        ),
        answer=total,
    )


def ratio_juice(draw: Draw) -> Draft:
    who = draw.person()
    syrup, water, batches = draw.number(2, 4), draw.number(5, 11), draw.number(3, 12)
    parts = syrup + water
    total, answer = parts * batches, water * batches
    return Draft(
        variants=(
            f"{who} mixes {syrup} cups of syrup with every {water} cups of water. "
            f"How many cups of water are in {total} cups of the drink?",
            f"A drink has {syrup} parts of syrup to {water} parts of water. {who} makes {total} cups of it. "
            "How many cups of water does that take?",
            f"For a lemonade, syrup and water are mixed in the ratio {syrup} to {water}. "
            f"How many cups of water are needed for {total} cups of lemonade?",
        ),
        steps=(
            f"One batch has {eq(parts, syrup, '+', water)} cups.",
            f"{who} makes {eq(batches, total, '/', parts)} batches.",
            f"They contain {eq(answer, batches, '*', water)} cups of water.",
        ),
        answer=answer,
    )


def rice_bags(draw: Draw) -> Draft:
    who, food = draw.person(), draw.choice(("rice", "lentils", "sugar", "tea", "oats"))
    kilograms, size, price = draw.number(2, 12), draw.choice((100, 200, 250, 500)), draw.number(2, 6)
    grams = kilograms * 1000
    bags = grams // size
    return Draft(
        variants=(
            f"{who} divides {kilograms} kilograms of {food} into bags of {size} grams and sells every bag for "
            f"${price}. How many dollars does {who} receive?",
            f"A shop fills bags with {size} grams of {food} each. One bag sells for ${price}. "
            f"How many dollars do {kilograms} kilograms of {food} bring when all of it is sold in bags?",
            f"A bag of {size} grams of {food} costs ${price}. {who} buys {kilograms} kilograms in such bags. "
            f"How many dollars does {who} pay?",
        ),
        steps=(
            f"The whole amount is {eq(grams, kilograms, '*', 1000)} grams.",
            f"That makes {eq(bags, grams, '/', size)} bags.",
            f"They cost {usd(bags * price, bags, '*', price)}.",
        ),
        answer=bags * price,
    )


def orchard_crates(draw: Draw) -> Draft:
    who, fruit = draw.person(), draw.choice(("apple", "plum", "cherry", "peach"))
    rows, each, yield_kg = draw.number(3, 8), draw.number(4, 12), draw.number(10, 40, 10)
    size, price = draw.choice((5, 10)), draw.number(3, 9)
    trees = rows * each
    weight = trees * yield_kg
    crates = weight // size
    return Draft(
        variants=(
            f"{who} has {rows} rows of {each} {fruit} trees. Each tree gives {yield_kg} kilograms of fruit. "
            f"The fruit is packed into crates of {size} kilograms, and a crate sells for ${price}. "
            "How many dollars does the whole harvest bring?",
            f"In an orchard there are {rows} rows with {each} {fruit} trees in each row. {who} picks {yield_kg} "
            f"kilograms from every tree, fills crates with {size} kilograms each and gets ${price} per crate. How "
            f"many dollars does {who} get for all the crates?",
            f"A crate of {size} kilograms of fruit sells for ${price}. {who} harvests {yield_kg} kilograms from each "
            f"{fruit} tree and has {rows} rows of {each} trees. What is the whole harvest worth in dollars?",
        ),
        steps=(
            f"There are {eq(trees, rows, '*', each)} trees.",
            f"They give {eq(weight, trees, '*', yield_kg)} kilograms of fruit.",
            f"That fills {eq(crates, weight, '/', size)} crates.",
            f"They bring {usd(crates * price, crates, '*', price)}.",
        ),
        answer=crates * price,
    )


def camp_bottles(draw: Draw) -> Draft:
    who, place = draw.person(), draw.choice(("summer camp", "sports camp", "music camp"))
    people, leaders = draw.number(24, 60, 12), draw.number(3, 9)
    daily, days, case = draw.number(2, 4), draw.number(2, 7), draw.choice((6, 12))
    children, per_day = people - leaders, people * daily
    total = per_day * days
    cases = total // case
    return Draft(
        variants=(
            f"{children} children and {leaders} adults are at a {place}. Everyone drinks {daily} bottles of water a "
            f"day. Water comes in cases of {case} bottles. How many cases must {who} order for {days} days?",
            f"A {place} lasts {days} days, with {children} children and {leaders} adults. Each person gets {daily} "
            f"bottles of water per day. {who} buys the water in cases of {case} bottles. How many cases does {who} "
            "need?",
            f"Each of the {children} children and {leaders} adults at a {place} needs {daily} bottles of water every "
            f"day. If a case has {case} bottles, how many cases does {who} have to bring for {days} days?",
        ),
        steps=(
            f"There are {eq(people, children, '+', leaders)} people.",
            f"They drink {eq(per_day, people, '*', daily)} bottles a day.",
            f"In {days} days they drink {eq(total, per_day, '*', days)} bottles.",
            f"That is {eq(cases, total, '/', case)} cases.",
        ),
        answer=cases,
    )


def nut_mixture(draw: Draw) -> Draft:
    who = draw.person()
    dear, cheap = draw.choice((("cashews", "peanuts"), ("walnuts", "raisins"), ("dried mango", "oats")))
    a, b, mean = draw.number(2, 6), draw.number(2, 6), draw.number(8, 14)
    high, low = mean + b, mean - a
    cost_a, cost_b = a * high, b * low
    total, weight = cost_a + cost_b, a + b
    return Draft(
        variants=(
            f"{who} mixes {a} kilograms of {dear} at ${high} per kilogram with {b} kilograms of {cheap} at ${low} "
            "per kilogram. How many dollars does one kilogram of the mixture cost?",
            f"One kilogram of {dear} costs ${high} and one kilogram of {cheap} costs ${low}. "
            f"A mixture is made of {a} kilograms of {dear} and {b} kilograms of {cheap}. "
            "What is its price per kilogram in dollars?",
            f"A shop blends {a} kilograms of {dear}, worth ${high} a kilogram, and {b} kilograms of {cheap}, worth "
            f"${low} a kilogram. How many dollars is one kilogram of the blend worth?",
        ),
        steps=(
            f"The price of the {dear} is {usd(cost_a, a, '*', high)}.",
            f"The price of the {cheap} is {usd(cost_b, b, '*', low)}.",
            f"Together they cost {usd(total, cost_a, '+', cost_b)}.",
            f"The mixture weighs {eq(weight, a, '+', b)} kilograms.",
            f"One kilogram costs {usd(mean, total, '/', weight)}.",
        ),
        answer=mean,
    )


def hens_eggs(draw: Draw) -> Draft:
    who = draw.person()
    hens, each, price = draw.number(10, 24), draw.number(4, 6), draw.number(2, 5)
    weeks, saved = draw.number(2, 6), draw.number(11, 60)
    laid = hens * each
    kept = laid % 6 + draw.number(6, 18, 6)
    sold = laid - kept
    boxes = sold // 6
    weekly = boxes * price
    earned = weekly * weeks
    return Draft(
        variants=(
            f"{who} has {hens} hens, and each lays {each} eggs a week. {who.He} keeps {kept} eggs a week and sells the "
            f"others in boxes of 6 for ${price} a box. {who.He} already has ${saved}. "
            f"How many dollars does {who.he} have after {weeks} weeks of selling eggs?",
            f"Each of {who}'s {hens} hens lays {each} eggs every week. The family eats {kept} of the eggs each week. "
            f"The rest is sold at ${price} for a box of 6 eggs. There were ${saved} in the egg money tin at first. "
            f"How many dollars are in the tin after {weeks} weeks?",
            f"A box of 6 eggs sells for ${price}. {who}'s {hens} hens lay {each} eggs each per week, but {kept} eggs "
            f"a week are not for sale. {who.He} starts with ${saved} and adds the egg money of {weeks} weeks. How "
            f"many dollars does {who} have then?",
        ),
        steps=(
            f"The hens lay {eq(laid, hens, '*', each)} eggs a week.",
            f"{who} sells {eq(sold, laid, '-', kept)} eggs a week.",
            f"That fills {eq(boxes, sold, '/', 6)} boxes.",
            f"They bring {usd(weekly, boxes, '*', price)} a week.",
            f"In {weeks} weeks that is {usd(earned, weekly, '*', weeks)}.",
            f"With the money from before it is {usd(saved + earned, saved, '+', earned)}.",
        ),
        answer=saved + earned,
    )


TEMPLATES: tuple[ProblemTemplate, ...] = (
    apple_crates,
    jar_before,
    muffins_left,
    eggs_left_over,
    recipe_scaled,
    ratio_juice,
    rice_bags,
    orchard_crates,
    camp_bottles,
    nut_mixture,
    hens_eggs,
)
