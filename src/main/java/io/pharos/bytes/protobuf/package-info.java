/// The wire format of Protocol Buffers, read and written field by field. The meaning of the fields
/// is defined by the users of this package.
///
/// The reader is our own because it limits the parts of untrusted messages and reports the offset
/// of an error. With the same limits, the reader of protobuf-java is slower (docs/decisions.md,
/// `WireFormatBenchmark`).
@NullMarked
package io.pharos.bytes.protobuf;

import org.jspecify.annotations.NullMarked;
