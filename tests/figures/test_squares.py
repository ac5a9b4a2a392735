"""Every square stands once, inside the field and on no other; looks differ without colour; all sizes fit."""

import re

import pytest

from evalsuite.figures.squares import LOOKS, SMALLEST, Block, Square, lay_out, paths


def block(look: str, n: int, first: int = 0) -> Block:
    return Block(tuple(Square(look, 1.0, first + i) for i in range(n)))


@pytest.mark.parametrize(
    ("sizes", "each"),
    [((1, 0, 1, 3), 1), ((28, 6, 22, 174), 1), ((300, 250, 400, 369), 1), ((0, 0, 0, 7), 1), ((10,) * 23, 1),
     ((40000, 30000, 50000, 90000), 2), ((1,) * 400, 1)],
)  # fmt: skip
@pytest.mark.parametrize(("width", "height"), [(680, 280), (350, 230), (1088, 340)])
def test_every_problem_has_a_square_of_its_own_inside_the_field(
    sizes: tuple[int, ...], each: int, width: int, height: int
) -> None:
    blocks = [block(LOOKS[i % 4], n, 100_000 * i) for i, n in enumerate(sizes)]
    field = lay_out(blocks, width=width, height=height)
    assert field.each >= each
    assert field.side >= SMALLEST
    assert len(field.squares) == sum(-(-n // field.each) for n in sizes)
    corners = [(x, y) for _, x, y in field.squares]
    assert len(set(corners)) == len(corners)
    assert min(min(corner) for corner in corners) == 0
    assert max(x for x, _ in corners) + field.side <= width + 0.1
    assert max(y for _, y in corners) + field.side <= field.height + 0.1 <= height + field.side
    if field.each == 1:
        assert sorted(square.place for square, _, _ in field.squares) == sorted(
            square.place for one in blocks for square in one.squares
        )
    # No two squares touch: along each axis either the same place or a whole side away.
    by_row: dict[float, list[float]] = {}
    for x, y in corners:
        by_row.setdefault(y, []).append(x)
    assert all(
        b - a >= field.side - 0.05 for xs in by_row.values() for a, b in zip(sorted(xs), sorted(xs)[1:], strict=False)
    )


def test_a_field_without_squares_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one square"):
        lay_out([Block(())], width=10, height=10)


def test_a_path_has_one_move_a_square_and_each_look_its_shape() -> None:
    field = lay_out([block(look, 3, 10 * i) for i, look in enumerate(LOOKS)], width=400, height=100)
    drawn = {one.look: one for one in paths(field)}
    assert list(drawn) == list(LOOKS)
    for i, look in enumerate(LOOKS):
        middles = [tuple(map(float, pair)) for pair in re.findall(r"M(\S+) (\S+?)h0", drawn[look].path)]
        assert drawn[look].places == (10 * i, 10 * i + 1, 10 * i + 2)
        corners = [(x, y) for square, x, y in field.squares if square.look == look]
        half = drawn["won"].side / 2
        assert middles == [pytest.approx((x + half, y + half), abs=0.06) for x, y in corners]
    assert drawn["both"].side < drawn["won"].side == drawn["lost"].side
    assert [one.hole > 0 for one in drawn.values()] == [False, True, False, True]
    assert drawn["lost"].hole < drawn["neither"].hole < drawn["neither"].side


def test_strength_is_told_apart_in_eighths() -> None:
    squares = tuple(Square("won", strength, i) for i, strength in enumerate((1.0, 0.5, 0.5, 0.125, 0.01)))
    field = lay_out([Block(squares)], width=200, height=30)
    assert [(one.eighths, one.places) for one in paths(field)] == [(8, (0,)), (4, (1, 2)), (1, (3, 4))]
