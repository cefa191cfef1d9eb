/// The wire format of Protocol Buffers, read and written field by field. The users of this package
/// know the messages.
///
/// The reader is our own because it limits the parts of untrusted messages and reports the offset
/// of an error; with the same limits, protobuf-java's is slower (docs/decisions.md,
/// `WireFormatBenchmark`).
@NullMarked
package io.pharos.bytes.protobuf;

import org.jspecify.annotations.NullMarked;
