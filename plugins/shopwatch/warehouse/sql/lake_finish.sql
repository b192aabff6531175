-- Record the parts of the night.
delete from lake._internal.parts;

insert into lake._internal.parts
from temp.night_parts
