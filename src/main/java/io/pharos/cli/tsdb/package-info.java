/// `pharos tsdb`: exports, imports, verifies and counts stored samples.
@NullMarked
package io.pharos.cli.tsdb;

import org.jspecify.annotations.NullMarked;
