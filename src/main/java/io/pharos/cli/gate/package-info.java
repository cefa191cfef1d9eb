/// `pharos gate`: waits for the verdict about a release, and verifies stored gates.
@NullMarked
package io.pharos.cli.gate;

import org.jspecify.annotations.NullMarked;
