//! What the tests do with an item: by its place it is inside or outside, under one key or another, in one replica or
//! another.

use crate::{history::image, replica::Copies};
use dynacdc_record::{ChangeRecord, Image, Item, KeyRef, item};
use dynacdc_sink::{Mapped, SinkError};

pub(crate) type Wanted = Option<(&'static str, String, Item)>;

pub(crate) fn of(image: Image<'_>) -> Option<i64> {
    image.get("place")?.as_number()?.as_str().parse().ok()
}

pub(crate) fn is_inside(image: Image<'_>) -> bool {
    of(image).is_some_and(|place| place < 2)
}

pub(crate) fn filtered(id: &str, item: (i64, i64)) -> Wanted {
    (item.0 < 2).then(|| ("copy", id.to_owned(), image(id, item)))
}

/// The place becomes a part of the key and is dropped from the item.
pub(crate) fn keyed(image: Image<'_>, _key: KeyRef<'_>) -> Result<Mapped, SinkError> {
    let place = of(image).ok_or_else(|| SinkError::poison("no place"))?;
    let mut item = image.to_item();
    item.remove("place");
    item.insert("at", place.to_string());
    Mapped::keyed_by(["at", "id"], item)
}

pub(crate) fn mapped(id: &str, (place, v): (i64, i64)) -> Wanted {
    Some(("copy", format!("{place}+{id}"), item! { "at" => place.to_string(), "id" => id, "v" => v }))
}

pub(crate) fn branch(image: Image<'_>) -> Option<&'static str> {
    ["left", "right"].get(usize::try_from(of(image)?).ok()?).copied()
}

pub(crate) fn routed(id: &str, item: (i64, i64)) -> Wanted {
    let branch = ["left", "right"].get(usize::try_from(item.0).ok()?)?;
    Some((branch, id.to_owned(), image(id, item)))
}

/// The place alone is the key, so an item may come to the place of another.
pub(crate) fn only(image: Image<'_>, _key: KeyRef<'_>) -> Result<Mapped, SinkError> {
    let mut item = image.to_item();
    item.insert("at", of(image).map(|place| place.to_string()).unwrap_or_default());
    Mapped::keyed_by(["at"], item)
}

/// What a change does to places that items share.
pub(crate) fn shared(copies: &mut Copies, record: &ChangeRecord) {
    let map = |image| only(image, record.key()).unwrap();
    let place =
        |mapped: &Mapped| ("copy".to_owned(), mapped.key.get("at").and_then(|at| at.as_str()).unwrap().to_owned());
    if let Some(old) = record.old_image().map(map) {
        copies.remove(&place(&old));
    }
    if let Some(new) = record.new_image().map(map) {
        copies.insert(place(&new), new.item);
    }
}
