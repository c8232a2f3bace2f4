use super::ChangeRecord;

impl PartialEq for ChangeRecord {
    fn eq(&self, other: &Self) -> bool {
        let same_view = self.part == other.part && self.is_view() == other.is_view();
        same_view && self.same_change(other) && self.same_images(other) && {
            let (ours, theirs) = (self.origin(), other.origin());
            !self.is_view() || ours.event_name() == theirs.event_name() && ours.same_images(&theirs)
        }
    }
}

impl Eq for ChangeRecord {}

impl ChangeRecord {
    /// What no view changes.
    fn same_change(&self, other: &Self) -> bool {
        self.event_id() == other.event_id()
            && self.event_version() == other.event_version()
            && self.event_source() == other.event_source()
            && self.region() == other.region()
            && self.source_arn() == other.source_arn()
            && self.sequence_number().as_str() == other.sequence_number().as_str()
            && self.created_epoch() == other.created_epoch()
            && self.size_bytes() == other.size_bytes()
            && self.view_type() == other.view_type()
            && self.user_identity() == other.user_identity()
    }

    fn same_images(&self, other: &Self) -> bool {
        self.event_name() == other.event_name()
            && self.keys() == other.keys()
            && self.old_image() == other.old_image()
            && self.new_image() == other.new_image()
    }
}
