/// Files that others put there, read so that a disk which hangs holds up nobody else.
@NullMarked
package io.pharos.config.files;

import org.jspecify.annotations.NullMarked;
