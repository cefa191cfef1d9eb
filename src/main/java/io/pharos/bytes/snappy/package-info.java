/// Snappy's block format, by aircompressor, with bounds on what a block may claim to hold.
///
/// The classes in Java are taken, not the native ones, whose code would have to be unpacked into a
/// folder that a read-only image does not have.
@NullMarked
package io.pharos.bytes.snappy;

import org.jspecify.annotations.NullMarked;
