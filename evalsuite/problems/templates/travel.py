"""Templates about speed, distance, vehicles and timetables."""

from evalsuite.problems.templates.draw import Draft, Draw, ProblemTemplate, eq, usd

__all__ = ["TEMPLATES"]


def bus_riders(draw: Draw) -> Draft:
    vehicle = draw.choice(("bus", "train", "ferry", "tram"))
    aboard, joining = draw.number(11, 60), draw.number(4, 29)
    return Draft(
        variants=(
            f"{aboard} people are on a {vehicle}. At the next stop {joining} more people get on and nobody gets off. "
            f"How many people are on the {vehicle} now?",
            f"A {vehicle} with {aboard} passengers stops. {joining} people board it and nobody leaves it. "
            f"How many passengers does the {vehicle} have when it goes on?",
            f"{joining} people join the {aboard} who are already on a {vehicle}. Nobody gets off. "
            f"How many people does the {vehicle} carry then?",
        ),
        steps=(f"The {vehicle} carries {eq(aboard + joining, aboard, '+', joining)} people.",),
        answer=aboard + joining,
    )


def driving_distance(draw: Draw) -> Draft:
    who, vehicle = draw.person(), draw.choice(("car", "van", "truck"))
    speed, hours = draw.number(31, 90), draw.number(2, 9)
    distance = speed * hours
    return Draft(
        variants=(
            f"{who} drives a {vehicle} at a steady speed of {speed} kilometers per hour for {hours} hours. "
            f"How many kilometers does {who} drive?",
            f"A {vehicle} covers {speed} kilometers every hour. How many kilometers does it cover in {hours} hours?",
            f"How many kilometers does {who} get in {hours} hours with a {vehicle} that always goes "
            f"{speed} kilometers per hour?",
        ),
        steps=(f"The distance is {eq(distance, speed, '*', hours)} kilometers.",),
        answer=distance,
    )


def longer_units(draw: Draw) -> Draft:
    journey = draw.choice(("voyage", "cruise", "journey"))
    large, small, factor = draw.choice((("days", "hours", 24), ("weeks", "days", 7), ("hours", "minutes", 60)))
    who, length = draw.person(), draw.number(2, 25)
    return Draft(
        variants=(
            f"{who} is on a {journey} that takes {length} {large}. How many {small} is that?",
            f"A {journey} lasts exactly {length} {large}. How many {small} does it last?",
            f"{who} comes home {length} {large} after the start of a {journey}. "
            f"How many {small} have gone by since the start?",
        ),
        steps=(f"The {journey} takes {eq(length * factor, length, '*', factor)} {small}.",),
        answer=length * factor,
    )


def ride_minutes(draw: Draw) -> Draft:
    who, what = draw.person(), draw.choice(("train ride", "flight", "boat trip", "bus ride"))
    hours, minutes = draw.number(2, 9), draw.number(5, 55)
    total = hours * 60 + minutes
    return Draft(
        variants=(
            f"{who}'s {what} takes {hours} hours and {minutes} minutes. How many minutes is that in all?",
            f"A {what} lasts {hours} hours and {minutes} minutes. How long is that in minutes?",
            f"{who} arrives {hours} hours and {minutes} minutes after the start of a {what}. "
            f"How many minutes did the {what} take?",
        ),
        steps=(
            f"The full hours have {eq(hours * 60, hours, '*', 60)} minutes.",
            f"The {what} takes {eq(total, hours * 60, '+', minutes)} minutes.",
        ),
        answer=total,
    )


def commute_fuel(draw: Draw) -> Draft:
    who = draw.person()
    economy, unit, days = draw.number(8, 18), draw.number(1, 4), draw.number(3, 6)
    one_way = economy * unit
    daily = 2 * one_way
    total = daily * days
    liters = total // economy
    return Draft(
        variants=(
            f"{who} lives {one_way} kilometers from work and drives there and back on {days} days a week. The car "
            f"goes {economy} kilometers on one liter of fuel. How many liters does {who} use for this each week?",
            f"On {days} days {who} drives {one_way} kilometers to work and the same way home. One liter of fuel lasts "
            f"for {economy} kilometers. How many liters of fuel do these drives take?",
            f"A car needs one liter of fuel for every {economy} kilometers. {who} drives it {one_way} kilometers to a "
            f"course and {one_way} kilometers back on each of {days} days. How many liters does the car use?",
        ),
        steps=(
            f"{who} drives {eq(daily, one_way, '*', 2)} kilometers a day.",
            f"In {days} days that is {eq(total, daily, '*', days)} kilometers.",
            f"This takes {eq(liters, total, '/', economy)} liters.",
        ),
        answer=liters,
    )


def cyclists_meet(draw: Draw) -> Draft:
    first, second = draw.pair()
    slow, more, hours = draw.number(11, 20), draw.number(2, 9), draw.number(2, 5)
    fast = slow + more
    together = slow + fast
    apart = together * hours
    return Draft(
        variants=(
            f"{first} and {second} live {apart} kilometers apart. They start at the same time and cycle toward each "
            f"other, {first} at {slow} and {second} at {fast} kilometers per hour. "
            f"When they meet, how many kilometers has {second} cycled?",
            f"Two towns are {apart} kilometers apart. {first} cycles from one town at {slow} kilometers per hour, and "
            f"{second} starts at the same moment in the other at {fast} kilometers per hour. They ride toward each "
            f"other until they meet. How many kilometers does {second} ride?",
            f"{first} rides {slow} kilometers per hour and {second} rides {fast} kilometers per hour. They set off at "
            f"the same time from the two ends of a road of {apart} kilometers and ride toward each other. How many "
            f"kilometers from {second}'s starting point do they meet?",
        ),
        steps=(
            f"They come closer by {eq(together, slow, '+', fast)} kilometers per hour.",
            f"They meet after {eq(hours, apart, '/', together)} hours.",
            f"{second} has cycled {eq(hours * fast, hours, '*', fast)} kilometers.",
        ),
        answer=hours * fast,
    )


def vans_needed(draw: Draw) -> Draft:
    vehicle, group = draw.choice((("van", "players"), ("boat", "visitors"), ("cabin", "skiers"), ("cart", "campers")))
    seats, full = draw.number(6, 14), draw.number(4, 15)
    rest = draw.number(2, seats - 1)
    seated = full * seats
    total = seated + rest
    return Draft(
        variants=(
            f"A {vehicle} has seats for {seats} {group}. How many {vehicle}s are needed to seat {total} {group}?",
            f"{total} {group} travel in {vehicle}s with room for {seats} each. "
            f"What is the smallest number of {vehicle}s that is enough for all of them?",
            f"No more than {seats} {group} fit into one {vehicle}. At least how many {vehicle}s must be ordered "
            f"for {total} {group}?",
        ),
        steps=(
            f"{seats} goes {full} times into {total}, and {full} full {vehicle}s take {eq(seated, full, '*', seats)} "
            f"{group}.",
            f"There are still {eq(rest, total, '-', seated)} {group} without a seat.",
            f"They need one more, so {eq(full + 1, full, '+', 1)} {vehicle}s are needed.",
        ),
        answer=full + 1,
    )


def bus_departures(draw: Draw) -> Draft:
    vehicle = draw.choice(("bus", "ferry", "train"))
    who, start = draw.person(), draw.choice(("six", "seven", "eight"))
    gap, hours = draw.choice((4, 5, 6, 10, 12, 15, 20, 30)), draw.number(3, 15)
    minutes = hours * 60
    gaps = minutes // gap
    return Draft(
        variants=(
            f"{who} watches a station where a {vehicle} leaves at {start} o'clock in the morning and then every {gap} "
            f"minutes. The last departure is exactly {hours} hours after the first. How many departures are there in "
            "all?",
            f"From {start} o'clock in the morning on, {who} sees a {vehicle} depart every {gap} minutes. Between the "
            f"first and the last departure that {who} sees lie {hours} hours. Counting both of these, how many does "
            f"{who} see?",
            f"The first {vehicle} of the day departs at {start} o'clock in the morning, the last one {hours} hours "
            f"later. In between, one departs every {gap} minutes. {who} writes down all departures, with the first "
            "and the last. How many are there?",
        ),
        steps=(
            f"The time from the first to the last is {eq(minutes, hours, '*', 60)} minutes.",
            f"After the first there are {eq(gaps, minutes, '/', gap)} departures.",
            f"With the first there are {eq(gaps + 1, gaps, '+', 1)}.",
        ),
        answer=gaps + 1,
    )


def catch_up(draw: Draw) -> Draft:
    slow_one, fast_one = draw.choice((("bus", "car"), ("truck", "van"), ("camper", "car")))
    first, second = draw.pair()
    faster, factor, late = draw.number(12, 24), draw.number(2, 4), draw.number(2, 3)
    slow = faster * factor
    fast = slow + faster
    lead, hours = slow * late, factor * late
    return Draft(
        variants=(
            f"{first} drives out of town in a {slow_one} at {slow} kilometers per hour. {second} follows {late} hours "
            f"later on the same route in a {fast_one} at {fast} kilometers per hour. At what distance from town, in "
            f"kilometers, does {second} catch up with {first}?",
            f"{second} starts {late} hours after {first} from the same place in the same direction. {first} drives a "
            f"{slow_one} at {slow} kilometers per hour, {second} a {fast_one} at {fast} kilometers per hour. "
            f"When {second.he} reaches {first}, how many kilometers has {second} driven?",
            f"In a {slow_one} that always goes {slow} kilometers per hour, {first} has a lead of {late} hours when "
            f"{second} sets out from the same place in a {fast_one} at {fast} kilometers per hour. After how many "
            f"kilometers does {second} draw level with {first}?",
        ),
        steps=(
            f"{first} is ahead by {eq(lead, slow, '*', late)} kilometers.",
            f"{second} is faster by {eq(faster, fast, '-', slow)} kilometers per hour.",
            f"{second} needs {eq(hours, lead, '/', faster)} hours to catch up.",
            f"By then {second} has driven {eq(hours * fast, hours, '*', fast)} kilometers.",
        ),
        answer=hours * fast,
    )


def lap_goal(draw: Draw) -> Draft:
    who = draw.person()
    lap, laps = draw.choice((200, 250, 400, 500)), draw.number(4, 12, 4)
    days, left = draw.choice((5, 10)), draw.number(3, 24)
    daily = lap * laps
    meters = daily * days
    done = meters // 1000
    goal = done + left
    return Draft(
        variants=(
            f"{who} wants to run {goal} kilometers this month. On each of {days} days {who.he} has run {laps} laps of "
            f"{lap} meters. How many kilometers are still missing?",
            f"A lap around a lake is {lap} meters long. {who} runs {laps} laps on each of {days} days. {who.His} goal "
            f"is {goal} kilometers in all. How many kilometers does {who} still have to run after that?",
            f"For {days} days {who} has run {laps} laps a day on a track of {lap} meters. "
            f"How many kilometers short of a total of {goal} kilometers is {who.he}?",
        ),
        steps=(
            f"{who} runs {eq(daily, laps, '*', lap)} meters a day.",
            f"In {days} days that is {eq(meters, daily, '*', days)} meters.",
            f"This equals {eq(done, meters, '/', 1000)} kilometers.",
            f"Still missing are {eq(left, goal, '-', done)} kilometers.",
        ),
        answer=left,
    )


def average_speed(draw: Draw) -> Draft:
    who = draw.person()
    t1, t2, unit, mean = draw.number(2, 4), draw.number(2, 4), draw.number(3, 6), draw.number(50, 75)
    fast, slow = mean + t2 * unit, mean - t1 * unit
    d1, d2 = t1 * fast, t2 * slow
    total, hours = d1 + d2, t1 + t2
    return Draft(
        variants=(
            f"{who} drives for {t1} hours at {fast} kilometers per hour and then for {t2} hours at {slow} kilometers "
            "per hour. What is the average speed of the whole drive in kilometers per hour?",
            f"On a trip without breaks, {who} goes {fast} kilometers per hour for {t1} hours on the highway and {slow} "
            f"kilometers per hour for {t2} hours on small roads. "
            "How many kilometers per hour is that on average over the trip?",
            f"A train runs for {t1} hours at {fast} kilometers per hour. In the mountains it runs for another {t2} "
            f"hours at {slow} kilometers per hour. What is its average speed over all {hours} hours, in kilometers "
            "per hour?",
        ),
        steps=(
            f"The first part is {eq(d1, t1, '*', fast)} kilometers long.",
            f"The second part is {eq(d2, t2, '*', slow)} kilometers long.",
            f"Together that is {eq(total, d1, '+', d2)} kilometers.",
            f"It takes {eq(hours, t1, '+', t2)} hours.",
            f"The average speed is {eq(mean, total, '/', hours)} kilometers per hour.",
        ),
        answer=mean,
    )


def road_trip(draw: Draw) -> Draft:
    friends, economy, unit, price = draw.number(2, 5), draw.number(10, 16), draw.number(10, 25), draw.number(2, 3)
    one_way, liters = economy * unit, 2 * unit
    fuel = liters * price
    toll = friends - unit * price % friends + friends * draw.number(1, 3)
    tolls, both_ways = 2 * toll, 2 * one_way
    total = fuel + tolls
    share = total // friends
    return Draft(
        variants=(
            f"{friends} friends drive to a lake that is {one_way} kilometers away, and back. Their car goes {economy} "
            f"kilometers on a liter of fuel, and a liter costs ${price}. The toll is ${toll} in each direction. "
            "They split all costs equally. How many dollars does each of them pay?",
            f"A car needs one liter of fuel for {economy} kilometers. {friends} friends take it to a city {one_way} "
            f"kilometers away and back again. Fuel costs ${price} per liter and the road costs ${toll} each way. "
            "If all pay the same, how many dollars does each friend pay?",
            f"It is {one_way} kilometers to the sea. {friends} people share a car there and back and share the costs "
            f"equally: ${price} for each liter of fuel, with {economy} kilometers to the liter, and a toll of ${toll} "
            "on the way there and again on the way back. What does each person pay in dollars?",
        ),
        steps=(
            f"There and back are {eq(both_ways, one_way, '*', 2)} kilometers.",
            f"The car uses {eq(liters, both_ways, '/', economy)} liters.",
            f"The fuel costs {usd(fuel, liters, '*', price)}.",
            f"The tolls come to {usd(tolls, toll, '*', 2)}.",
            f"The trip costs {usd(total, fuel, '+', tolls)}.",
            f"Each pays {usd(share, total, '/', friends)}.",
        ),
        answer=share,
    )


TEMPLATES: tuple[ProblemTemplate, ...] = (
    bus_riders,
    driving_distance,
    longer_units,
    ride_minutes,
    commute_fuel,
    cyclists_meet,
    vans_needed,
    bus_departures,
    catch_up,
    lap_goal,
    average_speed,
    road_trip,
)
