/// The wire format of Protocol Buffers, read and written field by field. The messages themselves
/// are known by those who exchange them.
@NullMarked
package io.pharos.bytes.protobuf;

import org.jspecify.annotations.NullMarked;
