/// Runs and compares the benchmarks (`./pharos bench`), and provides their series. The benchmarks
/// are in the packages of the measured classes.
@NullMarked
package io.pharos.bench;

import org.jspecify.annotations.NullMarked;
