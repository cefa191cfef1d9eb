/// The wire format of Protocol Buffers, read and written field by field. The messages themselves
/// are known by those who exchange them.
///
/// The reader is our own since it counts what strangers make it read and says where they went
/// wrong; behind the same bounds protobuf-java's is slower (docs/decisions.md,
/// `WireFormatBenchmark`).
@NullMarked
package io.pharos.bytes.protobuf;

import org.jspecify.annotations.NullMarked;
