r"""Worked problems of our own for few-shot prompts, each ending in one ``\boxed{}``.

They are written by hand, follow none of the templates of the generated problems, and come from no data set,
so that a few-shot prompt shows nothing of what is tested. The order is fixed: a prompt with k of them takes
the first k.
"""

__all__ = ["exemplars"]


def exemplars() -> tuple[tuple[str, str], ...]:
    r"""Return eight (question, solution) pairs of 1 to 4 steps.

    Examples
    --------
    >>> question, solution = exemplars()[0]
    >>> solution.splitlines()[-1]
    'The answer is \\boxed{86}.'
    """
    return _EXEMPLARS


_EXEMPLARS = (
    (
        "A lighthouse has 129 stairs. Mira has climbed 43 of them and takes a rest. How many stairs are above her?",
        "There are 129 stairs, and 43 of them lie below Mira.\n"
        "Above her are 129 - 43 = 86 stairs.\n"
        "The answer is \\boxed{86}.",
    ),
    (
        "A choir stands in 4 rows. There are 9 singers in each of the first 3 rows and 5 singers in the last row. "
        "How many singers are in the choir?",
        "The first 3 rows have 3 * 9 = 27 singers.\n"
        "With the last row there are 27 + 5 = 32 singers.\n"
        "The answer is \\boxed{32}.",
    ),
    (
        "Paul's clock loses 2 minutes every hour. He sets it right at noon. How many minutes is it slow at 9 o'clock "
        "in the evening of the same day?",
        "From noon to 9 o'clock in the evening are 9 hours.\n"
        "In this time the clock loses 9 * 2 = 18 minutes.\n"
        "The answer is \\boxed{18}.",
    ),
    (
        "A farmer counts 34 legs among his geese and goats. He has 5 goats. How many geese does he have?",
        "The goats have 5 * 4 = 20 legs.\n"
        "The geese have the other 34 - 20 = 14 legs.\n"
        "A goose has 2 legs, so there are 14 / 2 = 7 geese.\n"
        "The answer is \\boxed{7}.",
    ),
    (
        "An elevator carries at most 480 kilograms. A piano of 215 kilograms is in it, and 3 movers of 75 kilograms "
        "each ride along. How many more kilograms are allowed?",
        "The movers weigh 3 * 75 = 225 kilograms.\n"
        "Together with the piano that is 225 + 215 = 440 kilograms.\n"
        "Still allowed are 480 - 440 = 40 kilograms.\n"
        "The answer is \\boxed{40}.",
    ),
    (
        "Lena folds a paper strip of 96 centimeters in the middle, and then folds the result in the middle again. "
        "How many centimeters long is the folded strip?",
        "After the first fold the strip is 96 / 2 = 48 centimeters long.\n"
        "After the second fold it is 48 / 2 = 24 centimeters long.\n"
        "The answer is \\boxed{24}.",
    ),
    (
        "A snail climbs 7 centimeters up a wall each day and slides 3 centimeters down each night. It starts at the "
        "bottom on Monday morning. How many centimeters up is it on Friday morning?",
        "In a day and a night the snail gains 7 - 3 = 4 centimeters.\n"
        "From Monday morning to Friday morning there are 4 days and nights.\n"
        "So it is 4 * 4 = 16 centimeters up.\n"
        "The answer is \\boxed{16}.",
    ),
    (
        "On 6 shelves stand 35 books each. A quarter of an order of 80 new books arrives and is put on the shelves. "
        "Then 18 books are lent out. How many books are on the shelves after that?",
        "At first the shelves hold 6 * 35 = 210 books.\n"
        "The part that arrives has 80 / 4 = 20 books.\n"
        "With these there are 210 + 20 = 230 books.\n"
        "After the loans there are 230 - 18 = 212 books.\n"
        "The answer is \\boxed{212}.",
    ),
)
