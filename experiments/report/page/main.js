// SPDX-License-Identifier: Apache-2.0
// The page from top to bottom.
'use strict';

function notice(text) {
  byId('notices').append(element('p', { class: 'notice', text }));
}

byId('subject').textContent = data.job + (data.reference ? '; the reference continuation is known' : '');
byId('experiment').textContent = 'compare';
document.title = `zipdream: ${data.runs.map((variant) => variant.name).join(', ')}`;
if (data.interrupted) notice('The comparison was interrupted; this is what was finished.');
if (data.left_out > 0) {
  notice(`${count(data.left_out)} pictures or audio files are left out to keep the page small; shrink images, or take fewer samples.`);
}
fillOverview();
fillCards();
fillMetrics();
fillOrigin();
paintSwatches();
darkPaper.addEventListener('change', paintSwatches);
drawCharts();
addEventListener('scroll', hideTip, { passive: true });
