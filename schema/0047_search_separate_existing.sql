-- The words of the texts that exist already, in a database with LC_CTYPE=C. In other databases, they are right. A file of
-- its own, so that tasks can be read and changed meanwhile.
do $$
begin
  if (select datctype not in ('C', 'POSIX') from pg_database where datname = current_database()) then return; end if;
  -- An edit of such a text waits until the end of this transaction. Otherwise, the words of an older text could replace
  -- those of a newer one. The next statements see every edit that was committed before.
  perform from search_documents where octet_length(words::text) <> length(words::text)
  order by organization_id, id for update;

  update search_documents d
  set title_words = search_words(title, marks), words = search_words(title || ' ' || description, marks || 'k:text'::text)
  from (
    select organization_id, id, title, description, array['o:' || organization_id, 'p:' || project_id] as marks from stories
    union all
    select organization_id, id, title, description, array['o:' || organization_id, 'p:' || project_id] from tasks
  ) t
  where d.organization_id = t.organization_id and d.id = t.id and octet_length(words::text) <> length(words::text);

  update search_documents d
  set words = search_words(c.body, array['o:' || c.organization_id, 'p:' || t.project_id, 'k:comment'])
  from comments c join tasks t on t.organization_id = c.organization_id and t.id = c.task_id
  where d.organization_id = c.organization_id and d.id = c.id and octet_length(words::text) <> length(words::text);
end $$;
