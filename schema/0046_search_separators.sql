-- Separates the words of the search at the punctuation of many languages. In a database with LC_CTYPE=C, Postgres takes
-- every character beyond ASCII as a letter.

-- The class contains no letter, digit or combining character, so other databases separate the same words as before.
create or replace function search_words(text text, marks text[]) returns tsvector immutable language sql as $$
  select strip(to_tsvector('simple', regexp_replace(text,
    '[!"#$%&''()*+,\-./:;<=>?@[\\\]^_`{|}~\u0080-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7'
    '\u037e\u0387\u055a-\u055f\u0589-\u058a\u05be\u05c0\u05c3\u05f3\u05f4\u060c\u061b\u061f\u066a-\u066d\u06d4\u0964\u0965'
    '\u0e3f\u0f01-\u0f17\u104a-\u104f\u1361-\u1368\u17d4-\u17d6'
    '\u2000-\u206f\u20a0-\u20cf\u2116-\u2118\u211e-\u2123\u2190-\u245f\u2500-\u2775\u2794-\u2bff\u2e00-\u2e2e\u2e30-\u2e7f'
    '\u3000-\u3004\u3008-\u3020\u3030\u303d\u30a0\u30fb'
    '\ufe10-\ufe19\ufe30-\ufe4f\ufe50-\ufe6f\ufeff\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\uffe0-\uffe6'
    '\U0001f10d-\U0001faff]',
    ' ', 'g'))) || array_to_tsvector(marks)
$$;
