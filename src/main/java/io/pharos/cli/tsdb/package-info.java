/// `pharos tsdb`: exports, imports, verifies and lists the stored samples, and shows statistics.
@NullMarked
package io.pharos.cli.tsdb;

import org.jspecify.annotations.NullMarked;
