"""Templates about reading, classes, tests, trips and games."""

from evalsuite.problems.templates.draw import Draft, Draw, ProblemTemplate, eq, times, usd

__all__ = ["TEMPLATES"]


def pages_left(draw: Draw) -> Draft:
    who = draw.person()
    read, left = draw.number(25, 160), draw.number(18, 190)
    total = read + left
    return Draft(
        variants=(
            f"{who} has read {read} of the {total} pages of a book. How many pages are left to read?",
            f"A book has {total} pages. So far {who} has read {read} of them. How many pages has {who} not read yet?",
            f"{who} is reading a book of {total} pages and has read up to the end of page {read}. "
            f"How many more pages must {who.he} read to finish the book?",
        ),
        steps=(f"There are {eq(left, total, '-', read)} pages left.",),
        answer=left,
    )


def percent_of_school(draw: Draw) -> Draft:
    who = draw.person()
    total, percent = draw.number(80, 600, 20), draw.choice((5, 10, 15, 20, 30, 35, 40, 45, 55, 60, 65, 70, 80, 85, 90))
    habit = draw.choice(("walk to school", "play an instrument", "have a pet", "speak two languages"))
    count = total * percent // 100
    return Draft(
        variants=(
            f"{who}'s school has {total} students, and {percent}% of them {habit}. How many students is that?",
            f"Of the {total} students of {who}'s school, {percent}% {habit}. How many of the students {habit}?",
            f"{percent}% of the students at a school {habit}. The school has {total} students. "
            f"How many of them {habit}?",
        ),
        steps=(f"That is {eq(count, total, '*', percent, '/', 100)} students.",),
        answer=count,
    )


def sticker_share(draw: Draw) -> Draft:
    who, thing = draw.person(), draw.choice(("stickers", "pencils", "marbles", "balloons", "cards"))
    friends, each = draw.number(3, 12), draw.number(4, 25)
    total = friends * each
    return Draft(
        variants=(
            f"{who} gives {total} {thing} to {friends} friends so that each gets the same number and none are left "
            f"over. How many {thing} does each friend get?",
            f"{friends} children share {total} {thing} equally. How many {thing} does each child get?",
            f"A teacher divides {total} {thing} equally among {friends} groups. "
            f"How many {thing} does each group receive?",
        ),
        steps=(f"Each gets {eq(each, total, '/', friends)} {thing}.",),
        answer=each,
    )


def pages_two_days(draw: Draw) -> Draft:
    who = draw.person()
    what = draw.choice(("pages of a novel", "pages of a comic", "pages of a diary"))
    first, factor = draw.number(9, 45), draw.number(2, 5)
    second = first * factor
    return Draft(
        variants=(
            f"{who} reads {first} {what} on Saturday and {times(factor)} as many on Sunday. "
            f"How many pages does {who} read on the two days together?",
            f"On Monday {who} reads {first} {what}. On Tuesday {who.he} reads {times(factor)} as many as on Monday. "
            "How many pages is that in total?",
            f"{who} gets through {first} {what} in the morning and through {times(factor)} that number in the evening. "
            f"How many pages does {who.he} read that day?",
        ),
        steps=(
            f"The second time {who} reads {eq(second, first, '*', factor)} pages.",
            f"Together that is {eq(first + second, first, '+', second)} pages.",
        ),
        answer=first + second,
    )


def average_of_three(draw: Draw) -> Draft:
    who = draw.person()
    what, unit = draw.choice((("tests", "points"), ("games of darts", "points"), ("rounds of bowling", "pins")))
    mean, x, y = draw.number(25, 90), draw.number(1, 9), draw.number(1, 9)
    a, b, c = mean - x, mean + x + y, mean - y
    total = a + b + c
    return Draft(
        variants=(
            f"In three {what} {who} gets {a}, {b} and {c} {unit}. What is the average number of {unit}?",
            f"{who} scores {a}, {b} and {c} {unit} in three {what}. How many {unit} is that on average?",
            f"What is the average score of {who}, who reached {a}, {b} and {c} {unit} in three {what}?",
        ),
        steps=(
            f"The sum is {eq(total, a, '+', b, '+', c)} {unit}.",
            f"The average is {eq(mean, total, '/', 3)} {unit}.",
        ),
        answer=mean,
    )


def fourth_test(draw: Draw) -> Draft:
    who = draw.person()
    mean, x, y, z = draw.number(60, 82), draw.number(4, 9), draw.number(4, 8), draw.number(1, 3)
    a, b, c = mean - x, mean + z, mean - y
    needed, have = 4 * mean, a + b + c
    return Draft(
        variants=(
            f"{who} has {a}, {b} and {c} points in three tests. How many points does {who} need in the fourth test "
            f"to have an average of exactly {mean}?",
            f"After three tests with {a}, {b} and {c} points, {who} wants an average of exactly {mean} points over "
            "four tests. How many points must the fourth test bring?",
            f"The average of {who}'s four test scores is {mean}. Three of the scores are {a}, {b} and {c}. "
            "What is the other score?",
        ),
        steps=(
            f"Four tests with this average bring {eq(needed, mean, '*', 4)} points.",
            f"Three tests brought {eq(have, a, '+', b, '+', c)} points.",
            f"The other test must bring {eq(needed - have, needed, '-', have)} points.",
        ),
        answer=needed - have,
    )


def seats_in_row(draw: Draw) -> Draft:
    place = draw.choice(("theater", "lecture hall", "circus tent"))
    first, more, row = draw.number(8, 24), draw.number(2, 4), draw.number(6, 18)
    gaps = row - 1
    added = gaps * more
    return Draft(
        variants=(
            f"In a {place}, row 1 has {first} seats. Every further row has {more} seats more than the row before it. "
            f"How many seats are in row {row}?",
            f"Row 1 of a {place} has {first} seats, and from each row to the next the number of seats grows by {more}. "
            f"How many seats does row {row} have?",
            f"The rows of a {place} get longer toward the back: row 1 has {first} seats, and each row has {more} more "
            f"than the one in front of it. What is the number of seats in row {row}?",
        ),
        steps=(
            f"From row 1 to row {row} the number of seats grows {eq(gaps, row, '-', 1)} times.",
            f"That adds {eq(added, gaps, '*', more)} seats.",
            f"Row {row} has {eq(first + added, first, '+', added)} seats.",
        ),
        answer=first + added,
    )


def quiz_points(draw: Draw) -> Draft:
    who = draw.person()
    right, wrong = draw.number(9, 25), draw.number(3, 8)
    plus, minus = draw.number(4, 7), draw.number(2, 3)
    total, won, lost = right + wrong, right * plus, wrong * minus
    return Draft(
        variants=(
            f"A quiz has {total} questions. A right answer brings {plus} points and a wrong one costs {minus} points. "
            f"{who} answers every question and gets {right} right. How many points does {who} have at the end?",
            f"{who} answers all {total} questions of a quiz, {right} of them correctly. Each correct answer adds "
            f"{plus} points and each wrong answer takes {minus} points away. What is {who}'s score?",
            f"In a contest with {total} questions, one wins {plus} points for each right answer and loses {minus} "
            f"points for each wrong answer. {who} leaves out none and has {right} right answers. How many points is "
            "that altogether?",
        ),
        steps=(
            f"{who} has {eq(wrong, total, '-', right)} wrong answers.",
            f"The right answers bring {eq(won, right, '*', plus)} points.",
            f"The wrong answers cost {eq(lost, wrong, '*', minus)} points.",
            f"The score is {eq(won - lost, won, '-', lost)} points.",
        ),
        answer=won - lost,
    )


def tournament_minutes(draw: Draw) -> Draft:
    who = draw.person()
    sport = draw.choice(("chess", "table tennis", "badminton", "judo"))
    players, length = draw.number(4, 10), draw.number(8, 40)
    others = players - 1
    twice = players * others
    games = twice // 2
    return Draft(
        variants=(
            f"{who} plans a {sport} tournament for {players} children in which each child plays once against every "
            f"other child. Each match takes {length} minutes. How many minutes do all matches take, one after another?",
            f"In a {sport} club with {players} members, everybody plays exactly one match against everybody else. "
            f"{who} is the referee of every match, one after another, and each takes {length} minutes. How many "
            "minutes of play is that?",
            f"Any two of the {players} players in a {sport} tournament meet in exactly one match of {length} minutes. "
            f"{who} films all the matches from beginning to end. How many minutes of film is that?",
        ),
        steps=(
            f"Each plays against {eq(others, players, '-', 1)} others.",
            f"That counts {eq(twice, players, '*', others)}, with every match counted for both players.",
            f"So there are {eq(games, twice, '/', 2)} matches.",
            f"They take {eq(games * length, games, '*', length)} minutes.",
        ),
        answer=games * length,
    )


def reading_plan(draw: Draw) -> Draft:
    who = draw.person()
    daily, days, rest_days, more = draw.number(10, 24), draw.number(3, 6), draw.number(3, 6), draw.number(13, 22)
    faster = daily + more
    read, rest, all_days = daily * days, rest_days * faster, days + rest_days
    total = read + rest
    return Draft(
        variants=(
            f"{who} must read {total} pages in {all_days} days. For the first {days} days {who} reads {daily} pages a "
            f"day. How many more pages than that must {who} read on each of the other days, if {who.he} reads the "
            "same number of pages on all of them?",
            f"A book of {total} pages is due in {all_days} days. {who} reads {daily} pages on each of the first {days} "
            f"days. By how many pages a day must {who} increase this to finish exactly on time, at an even pace?",
            f"{who} has {all_days} days for a book of {total} pages. After {days} days at {daily} pages a day, {who} "
            "spreads what is left evenly over the other days. How many pages more than before is that each day?",
        ),
        steps=(
            f"{who} first reads {eq(read, daily, '*', days)} pages.",
            f"That leaves {eq(rest, total, '-', read)} pages.",
            f"There are {eq(rest_days, all_days, '-', days)} days left.",
            f"Each of them needs {eq(faster, rest, '/', rest_days)} pages.",
            f"That is {eq(more, faster, '-', daily)} pages more a day.",
        ),
        answer=more,
    )


def trip_share(draw: Draw) -> Draft:
    place = draw.choice(("an aquarium", "a castle", "a science center", "a planetarium"))
    students, teachers = draw.number(15, 30), draw.number(2, 4)
    price, teacher_price, over = draw.number(4, 9), draw.number(6, 12), draw.number(6, 12)
    student_cost, teacher_cost = students * price, teachers * teacher_price
    bus = students * over - teacher_cost
    tickets = student_cost + teacher_cost
    total = tickets + bus
    return Draft(
        variants=(
            f"{students} students and {teachers} teachers visit {place}. A ticket costs ${price} for a student and "
            f"${teacher_price} for a teacher, and the bus costs ${bus} in all. The students share the whole cost "
            "equally. How many dollars does each student pay?",
            f"A class of {students} students goes to {place} with {teachers} teachers. The bus costs ${bus}. Students "
            f"get in for ${price} each, teachers for ${teacher_price} each. Only the students pay, all the same "
            "amount, and they cover everything. How much is that for each student, in dollars?",
            f"For a trip to {place}, tickets for {students} students at ${price} each, tickets for {teachers} "
            f"teachers at ${teacher_price} each and a bus for ${bus} must be paid. If the cost is divided equally "
            "among the students alone, how many dollars does each of them pay?",
        ),
        steps=(
            f"The students' tickets cost {usd(student_cost, students, '*', price)}.",
            f"The teachers' tickets cost {usd(teacher_cost, teachers, '*', teacher_price)}.",
            f"All tickets cost {usd(tickets, student_cost, '+', teacher_cost)}.",
            f"With the bus it is {usd(total, tickets, '+', bus)}.",
            f"Each student pays {usd(total // students, total, '/', students)}.",
        ),
        answer=total // students,
    )


def school_fair(draw: Draw) -> Draft:
    first, second = draw.choice((("cakes", "pies"), ("posters", "calendars"), ("bracelets", "candles")))
    a, p, b, q = draw.number(20, 40), draw.number(2, 4), draw.number(20, 50), draw.number(5, 6)
    percent = draw.choice((15, 20, 25, 30, 35, 40, 45, 60))
    from_a, from_b = a * p, b * q
    total = from_a + from_b
    cost = total % 20 + 20
    profit = total - cost
    given = profit * percent // 100
    return Draft(
        variants=(
            f"At a school fair, a class sells {a} {first} at ${p} each and {b} {second} at ${q} each. The material "
            f"cost ${cost}. The class gives {percent}% of the profit to an animal shelter and keeps the rest. How "
            "many dollars does the class keep?",
            f"A class pays ${cost} for material and makes {first} and {second}. It sells {a} {first} for ${p} each "
            f"and {b} {second} for ${q} each. Of what it has earned after the cost, {percent}% goes to a library and "
            "the rest stays with the class. How many dollars stay with the class?",
            f"{a} {first} for ${p} each and {b} {second} for ${q} each are sold at a fair. After the cost of ${cost} "
            f"is paid back from this money, {percent}% of the remaining amount is donated. How many dollars are left "
            "after that?",
        ),
        steps=(
            f"The {first} bring {usd(from_a, a, '*', p)}.",
            f"The {second} bring {usd(from_b, b, '*', q)}.",
            f"Together that is {usd(total, from_a, '+', from_b)}.",
            f"After the cost there are {usd(profit, total, '-', cost)}.",
            f"The gift is {usd(given, profit, '*', percent, '/', 100)}.",
            f"What remains is {usd(profit - given, profit, '-', given)}.",
        ),
        answer=profit - given,
    )


TEMPLATES: tuple[ProblemTemplate, ...] = (
    pages_left,
    percent_of_school,
    sticker_share,
    pages_two_days,
    average_of_three,
    fourth_test,
    seats_in_row,
    quiz_points,
    tournament_minutes,
    reading_plan,
    trip_share,
    school_fair,
)
