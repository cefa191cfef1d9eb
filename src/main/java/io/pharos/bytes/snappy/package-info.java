/// Snappy's block format, implemented by aircompressor, with a limit on the length of the content.
///
/// The Java implementation is used because a native one would have to be unpacked to a directory,
/// and a read-only image has no writable one.
@NullMarked
package io.pharos.bytes.snappy;

import org.jspecify.annotations.NullMarked;
