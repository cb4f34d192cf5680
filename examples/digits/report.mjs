/** Counts [digit][guess] of what was drawn and what the model took it for, and the share that is right. */
export function confusion(probabilities, labels) {
  const counts = Array.from({ length: 10 }, () => new Array(10).fill(0));
  const guesses = Array.from(labels, (_, i) => {
    const row = Array.from(probabilities.subarray(i * 10, (i + 1) * 10));
    return row.indexOf(Math.max(...row));
  });
  let right = 0;
  guesses.forEach((guess, i) => {
    counts[labels[i]][guess]++;
    if (guess === labels[i]) right++;
  });
  return { counts, guesses, accuracy: right / labels.length };
}

/** The counts as a table, digits down, guesses across; a dot for none. */
export function confusionTable(counts) {
  const line = (head, cells) =>
    `${head.padStart(5)} |${cells.map((cell) => String(cell).padStart(4)).join('')}`;
  return [
    line(
      'taken',
      counts.map((_, guess) => guess),
    ),
    ...counts.map((row, digit) =>
      line(
        String(digit),
        row.map((count) => count || '.'),
      ),
    ),
  ].join('\n');
}
