-- The words of the texts that exist already. A file of its own, so that tasks can be read and changed meanwhile.

insert into search_documents (organization_id, id, title_words, words)
select organization_id, id, search_words(title, marks), search_words(title || ' ' || description, marks || 'k:text'::text)
from (
  select organization_id, id, title, description, array['o:' || organization_id, 'p:' || project_id] as marks from stories
  union all
  select organization_id, id, title, description, array['o:' || organization_id, 'p:' || project_id] from tasks
) texts
on conflict do nothing;

insert into search_documents (organization_id, id, title_words, words)
select c.organization_id, c.id, '', search_words(c.body,
  array['o:' || c.organization_id, 'p:' || t.project_id, 'k:comment'])
from comments c join tasks t on t.organization_id = c.organization_id and t.id = c.task_id
on conflict do nothing;
