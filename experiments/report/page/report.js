// SPDX-License-Identifier: Apache-2.0
// A report's charts and tables, from top to bottom.
'use strict';

function tableSection(table, index) {
  const id = `table-${index}`;
  const head = element('tr', {}, ...table.columns.map((text, i) =>
    element('th', { scope: 'col', text, class: i === 0 ? 'left' : undefined })));
  const rows = table.rows.map((row) => element('tr', {}, ...row.map((text, i) =>
    element(i === 0 ? 'th' : 'td', { text, scope: i === 0 ? 'row' : undefined, class: i === 0 ? 'left' : undefined }))));
  return element('section', { 'aria-labelledby': id }, element('h2', { id, text: table.title }),
    element('div', { class: 'scroll', tabindex: 0, role: 'group', 'aria-labelledby': id },
      element('table', {}, element('thead', {}, head), element('tbody', {}, ...rows))),
    ...table.notes.map((text) => element('p', { class: 'legend', text })));
}

// A band is two lines without ink, the space between them filled.
function lineSets(chart) {
  return chart.series.flatMap((series, index) => {
    const at = (sign) => series.points.map(([x, y, error]) => ({ x, y: y + sign * (error ?? 0) }));
    const line = { label: series.name, data: at(0), borderDash: lineDash(index), borderWidth: 2, pointRadius: 2, pointHitRadius: 8, series: index };
    if (series.points.every((point) => point[2] === null)) return [line];
    const edge = { borderWidth: 0, pointRadius: 0, pointHitRadius: 0, series: index, isBand: true };
    return [line, { ...edge, data: at(-1) }, { ...edge, data: at(1), fill: '-1' }];
  });
}

function barSets(chart) {
  return chart.series.map((series, index) => {
    const bars = chart.labels.map(() => null);
    for (const [x, y] of series.points) bars[x] = y;
    return { label: series.name, data: bars, series: index };
  });
}

function paint(drawn) {
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue('--muted').trim();
  for (const set of drawn.data.datasets) {
    set.borderColor = lineColor(set.series);
    set.backgroundColor = lineColor(set.series) + (set.isBand ? '33' : '');
  }
  for (const axis of Object.values(drawn.options.scales)) {
    axis.ticks.color = ink;
    axis.title.color = ink;
    axis.grid.color = style.getPropertyValue('--line').trim();
  }
  drawn.options.plugins.legend.labels.color = ink;
  drawn.update();
}

function drawChart(chart, canvas) {
  const bars = chart.kind === 'bars';
  const axis = (text, type) => ({ type, title: { display: text !== '', text }, ticks: {}, grid: {} });
  return new Chart(canvas, {
    type: bars ? 'bar' : 'line',
    data: bars ? { labels: chart.labels, datasets: barSets(chart) } : { datasets: lineSets(chart) },
    options: {
      animation: false,
      maintainAspectRatio: false,
      interaction: { mode: bars ? 'nearest' : 'index', intersect: false, axis: 'x' },
      scales: {
        x: axis(chart.x_title, bars ? 'category' : chart.x_is_logarithmic ? 'logarithmic' : 'linear'),
        y: { ...axis(chart.y_title, 'linear'), beginAtZero: true },
      },
      plugins: {
        legend: { labels: { boxWidth: 24, filter: (item, all) => !all.datasets[item.datasetIndex].isBand } },
        tooltip: { filter: (item) => !item.dataset.isBand },
      },
    },
  });
}

// What the chart says, for those who can't see it.
function chartText(chart) {
  const ends = chart.series.map((series) => chart.kind === 'bars'
    ? `${series.name}: ${series.points.map(([x, y]) => `${chart.labels[x]} ${y.toFixed(1)}`).join(', ')}`
    : `${series.name} ends at ${series.points.at(-1)[1].toFixed(1)}`);
  return `${chart.title}, ${chart.y_title}. ${ends.join('; ')}.`;
}

function chartFigure(chart) {
  const canvas = element('canvas', { role: 'img', 'aria-label': chartText(chart) });
  return [canvas, element('figure', {}, element('figcaption', { text: chart.title }),
    element('div', { class: 'canvas' }, canvas), ...(chart.note ? [element('p', { class: 'legend', text: chart.note })] : []))];
}

byId('experiment').textContent = data.experiment;
byId('subject').textContent = data.subject;
document.title = `zipdream ${data.experiment}`;
byId('tables').append(...data.tables.map(tableSection));
for (const [name, value] of data.origin) byId('origin').append(element('dt', { text: name }), element('dd', { text: value }));
const drawn = data.charts.filter((chart) => chart.series.length > 0).map((chart) => {
  const [canvas, figure] = chartFigure(chart);
  byId('charts').append(figure);
  return drawChart(chart, canvas);
});
drawn.forEach(paint);
darkPaper.addEventListener('change', () => drawn.forEach(paint));
