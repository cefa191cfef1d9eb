/// The benchmarks of the parts that carry the load, which stand in the packages of these parts;
/// here, what runs and compares them (`./pharos bench`) and the series that they work on.
@NullMarked
package io.pharos.bench;

import org.jspecify.annotations.NullMarked;
