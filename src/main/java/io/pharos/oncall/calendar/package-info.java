/// Reads iCalendar files (RFC 5545), which say when events begin and end.
@NullMarked
package io.pharos.oncall.calendar;

import org.jspecify.annotations.NullMarked;
