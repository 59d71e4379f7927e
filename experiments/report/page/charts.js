// SPDX-License-Identifier: Apache-2.0
// Cumulative bits and bits per byte against the position, by Chart.js.
'use strict';

// Where the reference isn't known, the first sample by its own probabilities.
function curveOf(variant) {
  return data.reference ? variant.reference : variant.samples[0]?.surprisal_trace;
}

function chartLines(column) {
  return data.runs.map((variant, index) => ({
    label: `${index + 1} ${variant.name}`,
    data: (curveOf(variant)?.curve ?? []).map((point) => ({ x: point[0], y: point[column] })),
    borderDash: lineDash(index),
    borderWidth: 2,
    pointRadius: 0,
    pointHitRadius: 8,
  }));
}

function paintChart(chart) {
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue('--muted').trim();
  const grid = style.getPropertyValue('--line').trim();
  chart.data.datasets.forEach((line, index) => {
    line.borderColor = lineColor(index);
    line.backgroundColor = lineColor(index);
  });
  for (const axis of Object.values(chart.options.scales)) {
    axis.ticks.color = ink;
    axis.title.color = ink;
    axis.grid.color = grid;
  }
  chart.options.plugins.legend.labels.color = ink;
  chart.update('none');
}

function lastByte() {
  return Math.max(...data.runs.map((variant) => curveOf(variant)?.curve?.at(-1)?.[0] ?? 0));
}

function makeChart(canvas, lines, unit) {
  const axis = (text) => ({ type: 'linear', beginAtZero: true, title: { display: true, text }, ticks: {}, grid: {} });
  return new Chart(canvas, {
    type: 'line',
    data: { datasets: lines },
    options: {
      animation: false,
      parsing: false,
      maintainAspectRatio: false,
      interaction: { mode: 'index', intersect: false, axis: 'x' },
      scales: { x: { ...axis('byte'), max: lastByte() }, y: axis(unit) },
      plugins: {
        legend: { labels: { boxWidth: 24, boxHeight: 2 } },
        tooltip: { callbacks: {
          title: (items) => items.length ? `byte ${count(items[0].parsed.x)}` : '',
          label: (item) => `${item.dataset.label}: ${item.parsed.y.toFixed(2)} ${unit}`,
        } },
      },
    },
  });
}

// How much the members of a mixture counted along the way, beside its text.
function weightLines(variant) {
  return variant.members.map((member, index) => ({
    label: member,
    data: curveOf(variant).weights.map(([x, weights]) => ({ x, y: weights[index] })),
    borderDash: lineDash(index),
    borderWidth: 2,
    pointRadius: 0,
    pointHitRadius: 8,
  }));
}

function weightFigures(variant) {
  const weights = curveOf(variant)?.weights;
  if (!(weights?.length > 1) || variant.members.length !== weights[0][1].length) return [];
  const last = variant.members.map((member, index) => `${member} ${weights.at(-1)[1][index].toFixed(2)}`);
  const canvas = element('canvas', { class: 'weights', role: 'img',
    'aria-label': `Line chart of the weights of the members against the position; at the end: ${last.join(', ')}.` });
  canvas.lines = weightLines(variant);
  const caption = `Weights of the members, of the ${data.reference ? 'reference' : 'first sample'}`;
  return [element('figure', {}, element('figcaption', { text: caption }), element('div', { class: 'canvas' }, canvas))];
}

// What the chart says, for those who can't see it.
function describeChart(id, what, column) {
  const ends = data.runs.filter((variant) => curveOf(variant)?.curve?.length)
    .map((variant) => `${variant.name} ${curveOf(variant).curve.at(-1)[column].toFixed(2)}`);
  byId(id).setAttribute('aria-label', `Line chart of ${what} against the position; at the end: ${ends.join(', ')}.`);
}

function drawCharts() {
  const first = data.runs.map(curveOf).find((curve) => curve?.curve?.length > 1);
  if (!first) return;
  byId('charts').hidden = false;
  byId('charts-legend').textContent = data.reference
    ? 'Of the reference continuation, by the probabilities of each. Lower is better; where a line is flat, what came was expected.'
    : 'Of the first sample of each by its own probabilities, since the reference continuation is not known.';
  byId('recent-caption').textContent = `Bits per byte, mean of the last ${count(first.window)}`;
  const charts = [makeChart(byId('cumulative'), chartLines(1), 'bits'),
    makeChart(byId('recent'), chartLines(2), 'bits per byte'),
    ...[...document.querySelectorAll('canvas.weights')].map((canvas) => makeChart(canvas, canvas.lines, 'weight'))];
  describeChart('cumulative', 'cumulative bits', 1);
  describeChart('recent', 'bits per byte', 2);
  charts.forEach(paintChart);
  darkPaper.addEventListener('change', () => charts.forEach(paintChart));
}
