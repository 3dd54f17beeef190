package lock

import "slices"

// A Category is the kind of damage that a break does.
type Category string

// The categories.
const (
	Source Category = "source" // Go code that calls the generated package
	Text   Category = "text"   // ids, and values shown as JSON or with String
	Stored Category = "stored" // bytes on disk: Open refuses the newer code, the older, or both
	Safety Category = "safety" // secrecy or a limit is weakened, or stored bytes may get another meaning
)

// Categories are all of them.
var Categories = []Category{Source, Text, Stored, Safety}

// A Rule is one kind of break.
type Rule struct {
	ID         string
	Categories []Category
	What       string // the change
	Why        string // the damage
	WayOut     string // what to do instead
}

// Find returns the rule with that id, or nil.
func Find(id string) *Rule {
	i := slices.IndexFunc(Rules, func(r Rule) bool { return r.ID == id })
	if i < 0 {
		return nil
	}
	return &Rules[i]
}

// in reports whether the rule belongs to one of the categories; none means
// all.
func (r *Rule) in(only []Category) bool {
	return len(only) == 0 || slices.ContainsFunc(r.Categories, func(c Category) bool { return slices.Contains(only, c) })
}

func in(categories ...Category) []Category { return categories }

// Rules are all rules: of the file, of families, ids, types, messages, fields
// and enums.
var Rules = []Rule{
	{
		"PACKAGE_RENAMED", in(Source, Stored), "The package has another name.",
		"Callers import the package by its name. A store keeps its families for the package that wrote them: Open refuses the new package.",
		"Keep package as it was. The directory, given with -out, may be any.",
	},
	{
		"RETIREMENT_REMOVED", in(Safety), "A family or a field is no longer listed under retired.",
		"Stores may still hold the old data, and its name or number can now get another meaning.",
		"Put it back under retired. The list costs nothing.",
	},
	{
		"FAMILY_REMOVED", in(Source), "A family is gone.",
		"Code that calls its accessor does not compile. Its records stay in stores, and nothing reads them.",
		"Keep the family until no caller is left. The lock still knows its shape. List its name under retired when no older code opens the stores.",
	},
	{
		"FAMILY_RETIRED", in(Source, Stored), "A family that was in use is now retired.",
		"A store that the new code has opened refuses older code that still has the family.",
		"Remove the family first; retire its name when no older code opens the stores.",
	},
	{
		"FAMILY_REUSED", in(Stored), "A retired family is back.",
		"Stores may still hold the old records, which would be read as the new ones: Open refuses.",
		"Give the family a new name.",
	},
	{
		"GO_NAME_CHANGED", in(Source), "A family or a message has another name in Go.",
		"Its types and functions get other names: callers do not compile.",
		"Write the old Go name with name: below the family or the message.",
	},
	{
		"FIELD_GO_NAME_CHANGED", in(Source), "A field has another name in Go.",
		"The field of the struct gets another name: callers do not compile. Stored bytes and the field's own name do not change.",
		"Write the old Go name with go_name: below the field.",
	},
	{
		"ACCESSOR_CHANGED", in(Source), "A family has another accessor.",
		"The method of Repo, Tx, ReadTx and Batch gets another name: callers do not compile.",
		"Keep accessor as it was.",
	},
	{
		"ID_TYPE_CHANGED", in(Source, Text, Stored), "The parts of an id have other types, or there are more or fewer of them.",
		"The ids in stores do not parse as the new ids, and callers' ids do not compile: Open refuses.",
		"Declare a new family with the new id and move the records over.",
	},
	{
		"ID_TEXT_CHANGED", in(Text, Stored), "The text of an id has other characters between or around its parts.",
		"Stores have ids in the old spelling, which would not be found: Open refuses.",
		"Keep the text, or declare a new family and move the records over.",
	},
	{
		"ID_ORDERED_CHANGED", in(Text, Stored), "A number in an id became ordered, or no longer is.",
		"Ordered numbers have leading zeros. Stores have ids in the old spelling: Open refuses.",
		"Declare a new family with the new id and move the records over.",
	},
	{
		"ID_PART_RENAMED", in(Source, Text), "A part of an id has another name.",
		"A field of the id's struct gets another name, in Go and in JSON: callers do not compile. Stored ids do not change.",
		"Keep the names of the parts.",
	},
	{
		"SCAN_REMOVED", in(Source), "A family is no longer scanned by a part of its id.",
		"The method Of<Part> is gone: callers do not compile.",
		"Keep the part in scan. It costs nothing in the store.",
	},
	{
		"INVERSE_CHANGED", in(Source, Text, Stored), "A family got, lost or changed its inverse.",
		"Records in stores have no reverse rows, or have them under other ids, where they would look like records: Open refuses.",
		"Declare a new family with the new inverse and put the records into it.",
	},
	{
		"TYPE_CHANGED", in(Source, Text, Stored), "A value or a field has a type that is stored in other bytes.",
		"What is stored cannot be read, or would be read as something else: Open refuses. JSON shows another type.",
		"Give the new field a new number, or the new values a new family. A message that only needs another Go name takes name:.",
	},
	{
		"TYPE_WIDENED", in(Source, Text, Stored), "A number or a Go type of yours became a type that holds all its values and more.",
		"Old values stay readable, but older code cannot read all new values: Open refuses older code after the new code has opened the store. If a Go type of yours became bytes, JSON changes.",
		"Roll the new code out everywhere and waive this; going back is no longer possible. Or take a new field number.",
	},
	{
		"TYPE_NARROWED", in(Source, Text, Stored), "A value or a field has a type that does not hold all that may be stored.",
		"A stored value may be out of range and could not be read: Open refuses. If bytes became a Go type of yours, JSON changes.",
		"Keep the wider type and check the range where you write.",
	},
	{
		"GO_TYPE_CHANGED", in(Source, Text), "A value or a field has another type in Go. Its stored bytes may be the same.",
		"Callers do not compile, and JSON may change. famgen cannot know whether a type of yours reads the bytes that the other one marshaled.",
		"Keep the type, or make sure that the new one unmarshals the old bytes.",
	},
	{
		"SIZE_CHANGED", in(Source, Text, Stored), "Bytes of a fixed size have a size that excludes the old one.",
		"What is stored has the wrong length and cannot be read: Open refuses. JSON is a list of numbers for a fixed size and base64 for any other.",
		"Give the new field a new number, or the new values a new family.",
	},
	{
		"SIZE_DROPPED", in(Source, Text, Stored, Safety), "Bytes of a fixed size may have other sizes now.",
		"A truncated key or hash is no longer noticed, and JSON is base64 instead of a list of numbers. Older code cannot read other sizes: Open refuses older code after the new code has opened the store.",
		"Keep the size, and put a value of another size into a new field.",
	},
	{
		"LIMIT_RAISED", in(Stored, Safety), "More bytes are allowed than before.",
		"Records may grow beyond the size that was thought safe. Older code cannot read longer ones: Open refuses older code after the new code has opened the store.",
		"Roll the new code out everywhere and waive this; going back is no longer possible.",
	},
	{
		"LIMIT_REMOVED", in(Stored, Safety), "Bytes that had a limit have none.",
		"A record may become as large as the store allows. Older code cannot read longer ones: Open refuses older code after the new code has opened the store.",
		"Raise the limit instead, and waive that.",
	},
	{
		"LIMIT_LOWERED", in(Source, Text, Stored), "Fewer bytes are allowed than before, or the size is now fixed.",
		"Stored values of other sizes could not be read: Open refuses. With a fixed size, JSON is a list of numbers instead of base64.",
		"Keep the limit and check the length where you write.",
	},
	{
		"SECRET_REMOVED", in(Source, Text, Safety), "A family or a field is no longer secret.",
		"Its values are printed in clear by fmt, log, JSON and the tools, and callers do not compile where the type was a Secret.",
		"Keep it secret and call Reveal where the bytes are needed.",
	},
	{
		"SECRET_ADDED", in(Source, Text), "A family or a field is now secret.",
		"Its type in Go is a Secret, so callers do not compile, and it is printed redacted. Stored bytes do not change.",
		"Waive it, and let callers use Reveal and NewSecret.",
	},
	{
		"MESSAGE_REMOVED", in(Source), "A message is gone or has another name.",
		"Code that names its Go type does not compile.",
		"Keep it until no caller is left. For another Go name write name:.",
	},
	{
		"FIELD_REMOVED", in(Source, Text), "A field is gone.",
		"Callers do not compile. Stored records keep the field as an unknown one, and the lock still knows its number.",
		"Keep it until no caller is left. List its number under retired when no older code opens the stores.",
	},
	{
		"FIELD_RENAMED", in(Source, Text), "A field has another name.",
		"Callers do not compile, and JSON has the new name. Stored bytes have only its number.",
		"Keep the name, or waive it and change the callers.",
	},
	{
		"FIELD_RETIRED", in(Source, Text, Stored), "A field that was in use is now retired.",
		"A store that the new code has opened refuses older code that still has the field.",
		"Remove the field first; retire its number when no older code opens the stores.",
	},
	{
		"FIELD_REUSED", in(Stored), "A retired field number is back.",
		"Stores may still hold the old field, and it would be read as the new one: Open refuses.",
		"Take a number that was never used.",
	},
	{
		"FIELD_NUMBER_CHANGED", in(Stored), "A field has another number.",
		"Stored records have the old number, so the field would be read as absent or as another field: Open refuses.",
		"Give it its number back. The order of numbers means nothing.",
	},
	{
		"FIELD_NUMBER_REUSED", in(Safety), "A new field has the number of one that is gone.",
		"Records in stores may still have the old field, which is read as the new one. If the type fits, Open cannot notice it.",
		"Take a number that was never used, and list the old one under retired when no older code opens the stores.",
	},
	{
		"FIELD_PRESENCE_CHANGED", in(Source, Text, Stored), "A field whose default is not stored became optional, or is no longer.",
		"An absent field meant the default and now means no value, or the reverse. Each side would lose the difference: Open refuses. In JSON an absent value is null.",
		"Give the new field a new number.",
	},
	{
		"FIELD_MADE_OPTIONAL", in(Source, Text, Stored), "A field that every message had may now be absent.",
		"Older code cannot read a record without it: Open refuses older code after the new code has opened the store. In JSON an absent value is null.",
		"Roll the new code out everywhere and waive this; going back is no longer possible.",
	},
	{
		"FIELD_MADE_REQUIRED", in(Source, Text, Stored), "A field that could be absent is now required.",
		"Stored records without it could not be read: Open refuses. JSON may no longer have null there.",
		"Keep it optional and refuse an absent value where you read it.",
	},
	{
		"REQUIRED_FIELD_ADDED", in(Stored), "A message has a new field that is required.",
		"Fields of a fixed size and messages are always stored. Stored records do not have this one, and older code does not write it: Open refuses.",
		"Write optional after its type.",
	},
	{
		"REQUIRED_FIELD_REMOVED", in(Source, Text, Stored), "A message lost a field that is required.",
		"The new code writes records without it, which older code cannot read: Open refuses.",
		"Keep it, or make it optional first and remove it in a later release.",
	},
	{
		"ENUM_VALUE_REMOVED", in(Source, Text), "A value of an enum is gone.",
		"Code that names it does not compile. Stored records keep the number, which now has no name.",
		"Keep the value. The lock still knows its number, which no other value may take.",
	},
	{
		"ENUM_VALUE_RENAMED", in(Source, Text), "A value of an enum has another name.",
		"Code that names it does not compile, and String returns another text. Stored bytes have only its number.",
		"Keep the name, or waive it and change the callers.",
	},
	{
		"ENUM_NUMBER_CHANGED", in(Text, Stored), "A value of an enum has another number.",
		"Stored records have the old number and would be read as another value: Open refuses. JSON has the number too.",
		"Give it its number back. The order of numbers means nothing.",
	},
	{
		"ENUM_NUMBER_REUSED", in(Safety), "A new value of an enum has the number of one that is gone.",
		"Records in stores may still have the number, which now means something else. Open cannot notice it.",
		"Take a number that was never used.",
	},
}
