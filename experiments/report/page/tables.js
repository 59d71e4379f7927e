// SPDX-License-Identifier: Apache-2.0
// The table of variants and the table of samples.
'use strict';

function fillTable(table, columns, rows) {
  const head = columns.map((column) => element('th', { scope: 'col', class: column.left ? 'left' : undefined, text: column.title }));
  table.append(element('thead', {}, element('tr', {}, ...head)));
  const body = element('tbody');
  for (const row of rows) {
    body.append(element('tr', {}, ...columns.map((column, i) => {
      const value = column.value(row);
      const cell = element(i === 0 ? 'th' : 'td', { scope: i === 0 ? 'row' : undefined, class: column.left ? 'left' : undefined });
      cell.append(value);
      if (column.best && column.best(row)) cell.classList.add('best');
      return cell;
    })));
  }
  table.append(body);
}

function named(index) {
  const swatch = element('span', { class: 'swatch', 'aria-hidden': 'true', 'data-line': index });
  return element('span', {}, swatch, `${index + 1}  ${data.runs[index].name}`);
}

function paintSwatches() {
  for (const swatch of document.querySelectorAll('[data-line]')) {
    swatch.style.background = lineColor(Number(swatch.dataset.line));
  }
}

// Columns that overviews and samples share.
function metricColumns(of) {
  const columns = [
    { title: 'longest copy', value: (row) => of(row) ? count(of(row).longest_copied_run) : '–' },
    { title: 'copied', value: (row) => percent(of(row)?.copied_share) },
    { title: 'looped', value: (row) => percent(of(row)?.repeated_share) },
    { title: '4\u2011grams', value: (row) => percent(of(row)?.distinct_4grams) },
  ];
  if (data.media === 'image') {
    columns.push({ title: 'difference', value: (row) => fixed(of(row)?.mean_difference, 1) });
  }
  return columns;
}

function fillOverview() {
  const rows = data.runs.map((variant, index) => ({ variant, index, view: variant.overview }));
  const references = rows.filter((row) => row.variant.reference).map((row) => row.variant.reference.bits_per_byte);
  const best = Math.min(...references);
  const columns = [
    { title: 'variant', left: true, value: (row) => named(row.index) },
    { title: 'method', left: true, value: (row) => row.variant.method },
    { title: 'probabilities', left: true, value: (row) => row.variant.probs },
  ];
  if (data.reference) {
    columns.push({
      title: 'reference bits/byte',
      value: ({ variant }) => fixed(variant.reference?.bits_per_byte, 3) + (variant.probs_are_of_the_method ? '' : ' ~'),
      best: ({ variant }) => variant.reference?.bits_per_byte === best,
    });
  }
  columns.push({ title: 'own bits/byte', value: (row) => fixed(row.view?.bits_per_byte, 3) });
  columns.push(...metricColumns((row) => row.view));
  columns.push({ title: 'time', value: (row) => row.view ? duration(row.view.seconds) : '–' });
  columns.push({ title: 'bytes/s', value: (row) => row.view ? speed(row.view.bytes_per_second) : '–' });
  fillTable(byId('overview'), columns, rows);
  byId('overview-legend').textContent = overviewLegend();
}

function overviewLegend() {
  const lines = [];
  if (data.reference) {
    lines.push('Reference bits/byte: what the reference continuation costs by the probabilities, before any sampler: the fair number; the fewest stand out.');
    if (data.runs.some((variant) => !variant.probs_are_of_the_method)) {
      lines.push('~: decoder sampling and searches have no next-byte probabilities; those of their model score.');
    }
  }
  lines.push('Own bits/byte: of the variant’s own samples, by the same probabilities.');
  lines.push(`Copied, looped: shares in strings of ${data.long_run} bytes or more that stand in the context, or earlier in the sample. 4-grams: the share of distinct ones.`);
  if (data.media === 'image') lines.push('Difference: of generated pixels from the reference, mean, of 255.');
  return lines.join(' ');
}

function fillMetrics() {
  const rows = [];
  let leftOut = 0;
  data.runs.forEach((variant, index) => {
    leftOut += variant.samples_left_out;
    for (const sample of variant.samples) rows.push({ index, sample });
  });
  const columns = [
    { title: 'variant', left: true, value: (row) => named(row.index) },
    { title: 'seed', value: (row) => String(row.sample.seed) },
    { title: 'bytes', value: (row) => row.sample.failure ? '–' : count(row.sample.bytes) },
    { title: 'own bits/byte', value: (row) => fixed(row.sample.surprisal_trace?.bits_per_byte, 3) },
    ...metricColumns((row) => row.sample.metrics),
    { title: 'time', value: (row) => row.sample.failure ? 'failed' : duration(row.sample.seconds) },
    { title: 'bytes/s', value: (row) => row.sample.failure ? '–' : speed(row.sample.bytes_per_second) },
  ];
  fillTable(byId('metrics'), columns, rows);
  if (leftOut > 0) byId('metrics-legend').textContent = `${count(leftOut)} more samples are in the means above, and in the JSON of the comparison.`;
}

function fillOrigin() {
  byId('command').textContent = data.command;
  const file = (facts) => `${facts.name}, ${count(facts.bytes)} bytes, CRC-32 ${facts.crc32}`;
  const facts = [['program', `zipdream ${data.version}`], ['input', file(data.input)]];
  if (data.corpus) facts.push(['corpus', file(data.corpus)]);
  facts.push(['libraries', Object.entries(data.libraries).map((pair) => pair.join(' ')).join(', ')]);
  const seeds = [...new Set(data.runs.flatMap((variant) => variant.samples.map((sample) => sample.seed)))];
  facts.push(['seeds', seeds.join(', ')]);
  for (const [name, value] of facts) byId('origin').append(element('dt', { text: name }), element('dd', { text: value }));
  byId('made-by').textContent = `Made by zipdream ${data.version}. Charts by Chart.js. The page asks nothing of the network.`;
}
