/// The protocols by which other systems exchange samples with the store: Remote Read, Remote Write
/// and OTLP.
@NullMarked
package io.pharos.remote;

import org.jspecify.annotations.NullMarked;
