/** The known name that takes the fewest insertions, deletions and replacements to get to, letter case aside. */
export function nearest(wanted, known) {
  const distances = known.map((name) => distance(wanted.toLowerCase(), name.toLowerCase()));
  return known[distances.indexOf(Math.min(...distances))];
}

function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      next.push(Math.min(row[j] + (a[i] === b[j] ? 0 : 1), row[j + 1] + 1, next[j] + 1));
    }
    row = next;
  }
  return row[b.length];
}
