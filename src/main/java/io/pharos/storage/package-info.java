/// The ports between writers and readers of samples. Implementations are in `tsdb`.
///
/// A reader selects series with their labels and reads windows of samples into primitive arrays. A
/// writer appends batches and commits them.
@NullMarked
package io.pharos.storage;

import org.jspecify.annotations.NullMarked;
