-- The words of tasks, stories and comments, for the search. Triggers maintain them, also for processes of an earlier
-- version. A table of its own, because an index on the tasks would be updated at every change of a status.

create table search_documents (
  organization_id uuid not null,
  -- The id of the task, story or comment. There is no foreign key: a document may outlive its text for a moment, and the
  -- search ignores it.
  id uuid not null,
  -- The words of the title. Both columns also contain marks: the organization as `o:…` and the project as `p:…`, so that
  -- the index selects by them, too. A word of a text never contains a colon.
  title_words tsvector not null,
  -- The words of the title and of the description or comment. Also the mark `k:text`, or `k:comment` for a comment.
  words tsvector not null,
  primary key (organization_id, id)
);
-- New words wait in a list that every search reads, so the list must be short.
create index search_documents_by_word on search_documents using gin (title_words, words)
  with (gin_pending_list_limit = 256);

-- Returns the words of the text and the marks, without positions. The parser would take texts such as `a/b.c` and `a-b`
-- as one word. The function `translate` would need three times the time of the parser.
create function search_words(text text, marks text[]) returns tsvector immutable language sql as $$
  select strip(to_tsvector('simple',
    regexp_replace(text, '[!"#$%&''()*+,\-./:;<=>?@[\\\]^_`{|}~«»‘’“”–—…·•]', ' ', 'g'))) || array_to_tsvector(marks)
$$;

-- In PL/pgSQL, because Postgres keeps the plans of its statements.
create function set_search_document(
  an_organization_id uuid, a_project_id uuid, an_id uuid, kind text, title text, body text
) returns void language plpgsql as $$
declare
  marks text[] := array['o:' || an_organization_id, 'p:' || a_project_id];
begin
  insert into search_documents (organization_id, id, title_words, words)
  values (
    an_organization_id, an_id,
    case kind when 'comment' then ''::tsvector else search_words(title, marks) end,
    search_words(title || ' ' || body, marks || ('k:' || kind))
  )
  on conflict (organization_id, id) do update set title_words = excluded.title_words, words = excluded.words;
end $$;

create function add_search_text() returns trigger language plpgsql as $$
begin
  perform set_search_document(new.organization_id, new.project_id, new.id, 'text', new.title, new.description);
  return null;
end $$;

create function add_search_comment() returns trigger language plpgsql as $$
begin
  perform set_search_document(
    new.organization_id,
    (select project_id from tasks where organization_id = new.organization_id and id = new.task_id),
    new.id, 'comment', '', new.body
  );
  return null;
end $$;

create function delete_search_document() returns trigger language plpgsql as $$
begin
  delete from search_documents where organization_id = old.organization_id and id = old.id;
  return null;
end $$;

-- Changes and reads of boards use stories before tasks, so this file locks the tables in this order too.
create trigger stories_add_search after insert on stories
  for each row execute function add_search_text();
create trigger stories_edit_search after update on stories
  for each row when (old.title <> new.title or old.description <> new.description)
  execute function add_search_text();
create trigger stories_delete_search after delete on stories
  for each row execute function delete_search_document();

create trigger tasks_add_search after insert on tasks
  for each row execute function add_search_text();
create trigger tasks_edit_search after update on tasks
  for each row when (old.title <> new.title or old.description <> new.description)
  execute function add_search_text();
create trigger tasks_delete_search after delete on tasks
  for each row execute function delete_search_document();

create trigger comments_add_search after insert on comments
  for each row execute function add_search_comment();
create trigger comments_edit_search after update on comments
  for each row when (old.body <> new.body)
  execute function add_search_comment();
create trigger comments_delete_search after delete on comments
  for each row execute function delete_search_document();
