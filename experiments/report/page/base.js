// SPDX-License-Identifier: Apache-2.0
// What all parts of the page share. Everything from the data enters the page as text, never as HTML.
'use strict';

const data = JSON.parse(document.getElementById('data').textContent);

// Okabe and Ito's colours, which differ for every kind of colour vision; lighter ones on dark paper.
const kLines = ['#0072b2', '#d55e00', '#009e73', '#a8518a', '#8a6d00', '#3a3a3a', '#56b4e9', '#e69f00'];
const kLinesOnDark = ['#56b4e9', '#ff9a4d', '#3fd0a4', '#e59ac8', '#f0e442', '#d8d8d8', '#2f8fd0', '#e69f00'];
const kDashes = [[], [7, 4], [2, 3], [10, 3, 2, 3]];
const darkPaper = matchMedia('(prefers-color-scheme: dark)');

function lineColor(index) {
  const colors = darkPaper.matches ? kLinesOnDark : kLines;
  return colors[index % colors.length];
}

// The first eight lines are whole, the next eight dashed, and so on.
function lineDash(index) {
  return kDashes[Math.floor(index / kLines.length) % kDashes.length];
}

// An element with attributes ('text' is its text) and children.
function element(name, attributes = {}, ...children) {
  const result = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === 'text') result.textContent = value;
    else if (value !== undefined) result.setAttribute(key, value);
  }
  result.append(...children);
  return result;
}

function byId(id) {
  return document.getElementById(id);
}

// The address of a picture or an audio file; undefined if it was left out.
function fileUrl(id) {
  return id ? data.files[id] : undefined;
}

function fixed(value, digits) {
  return value === null || value === undefined ? '–' : value.toFixed(digits);
}

function percent(share) {
  return share === null || share === undefined ? '–' : (100 * share).toFixed(1) + ' %';
}

function count(value) {
  return value.toLocaleString('en');
}

function duration(seconds) {
  if (seconds < 1) return Math.round(1000 * seconds) + ' ms';
  return seconds < 120 ? seconds.toFixed(1) + ' s' : Math.round(seconds / 60) + ' min';
}

// Three digits: what a speed is worth.
function speed(value) {
  return Number(value.toPrecision(3)).toLocaleString('en');
}

function probability(bits) {
  const share = 100 * 2 ** -bits;
  if (share >= 0.1) return share.toFixed(1) + ' %';
  return share >= 0.001 ? share.toFixed(3) + ' %' : 'below 0.001 %';
}
