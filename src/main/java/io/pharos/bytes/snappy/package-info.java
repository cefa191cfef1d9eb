/// Snappy's block format, in plain Java.
///
/// The format is a page long, while the libraries for it either reach memory by `sun.misc.Unsafe`,
/// which Java 25 warns about and will remove, or unpack native code into a folder that a read-only
/// image does not have. What is decoded comes from strangers, so every access here is checked.
@NullMarked
package io.pharos.bytes.snappy;

import org.jspecify.annotations.NullMarked;
