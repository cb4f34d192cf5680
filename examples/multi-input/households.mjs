import { tensor } from 'recurra';
import { bell, below, between } from '../shared/random.mjs';

/** Hours that the model sees; the day after is to be foretold. */
export const HOURS = 72;
const DAY = 24;

/** Names of the attributes of a household and its next day, each scaled to about −1 to 1. */
export const ATTRIBUTES = ['area', 'people', 'electric heating', 'limit', 'forecast', 'weekend'];

/** A bump of height 1 at `peak` o'clock that is 0 from three hours away, in a day that is a circle. */
function bump(hour, peak) {
  const away = Math.abs(((hour - peak + 36) % DAY) - 12);
  return Math.max(0, 1 - (away * away) / 9);
}

/** A household: what it has, and when its people are up. */
function drawHousehold(next) {
  const people = 1 + below(next, 5);
  const area = between(next, 15, 35) * (people + 1);
  const heated = below(next, 2);
  return {
    people,
    area,
    heated,
    limit: 0.5 + 0.35 * people + (heated ? 0.035 * area * between(next, 0.5, 1) : 0) + between(next, 0, 0.6),
    morning: between(next, 5, 9),
    evening: between(next, 17, 22),
  };
}

/** Load of one hour in kW: what is always on, two bumps for the people, heating below 16 degrees. */
function loadAt(house, hour, temperature, weekend, next) {
  const { people, area, heated, morning, evening } = house;
  const up = weekend ? 1.3 : 1;
  const habits = 0.3 * people * up * (bump(hour, morning + (weekend ? 2 : 0)) + 1.6 * bump(hour, evening));
  const heating = heated ? 0.0016 * area * Math.max(0, 16 - temperature) : 0;
  return Math.max(0.05, 0.1 + 0.002 * area + habits + heating + 0.05 * people * bell(next));
}

/** One sample: three days of temperature and load, attributes, and what the fourth day brought. */
function drawSample(next, x, attributes) {
  const house = drawHousehold(next);
  const firstDay = below(next, 7);
  const days = [];
  for (let day = 0, mean = between(next, -5, 22); day < 4; day++, mean += 3.5 * bell(next)) days.push(mean);
  const loads = [];
  for (let t = 0; t < HOURS + DAY; t++) {
    const [day, hour] = [Math.floor(t / DAY), t % DAY];
    const temperature = days[day] + 6 * bump(hour, 15) - 2 + 0.5 * bell(next);
    loads.push(loadAt(house, hour, temperature, (firstDay + day) % 7 >= 5, next));
    if (t < HOURS) x.set([temperature / 15, loads[t] - 1], 2 * t);
  }
  const weekend = (firstDay + 3) % 7 >= 5 ? 1 : 0;
  const forecast = days[3] + bell(next);
  attributes.set([
    house.area / 100 - 1,
    house.people / 3 - 1,
    house.heated,
    house.limit / 3 - 1,
    forecast / 15,
    weekend,
  ]);
  const [before, after] = [loads.slice(HOURS - DAY, HOURS), loads.slice(HOURS)];
  const exceeds = (day) => (Math.max(...day) > house.limit ? 1 : 0);
  const mean = (day) => day.reduce((sum, load) => sum + load, 0) / DAY;
  return {
    load: mean(after),
    exceeds: exceeds(after),
    naive: { load: mean(before), exceeds: exceeds(before) },
  };
}

/** `count` households: inputs and targets of the model, and what repeating the last day would say. */
export function drawHouseholds(count, next) {
  const series = new Float32Array(count * HOURS * 2);
  const attributes = new Float32Array(count * ATTRIBUTES.length);
  const drawn = Array.from({ length: count }, (_, i) =>
    drawSample(
      next,
      series.subarray(i * HOURS * 2, (i + 1) * HOURS * 2),
      attributes.subarray(i * ATTRIBUTES.length, (i + 1) * ATTRIBUTES.length),
    ),
  );
  const column = (read) => tensor(Float32Array.from(drawn, read), [count, 1]);
  return {
    inputs: {
      series: tensor(series, [count, HOURS, 2]),
      attributes: tensor(attributes, [count, ATTRIBUTES.length]),
    },
    targets: { load: column((d) => d.load), exceeds: column((d) => d.exceeds) },
    naive: { load: column((d) => d.naive.load), exceeds: column((d) => d.naive.exceeds) },
  };
}
