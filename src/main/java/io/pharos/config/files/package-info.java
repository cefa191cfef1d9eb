/// Reads of files on disks that may hang.
@NullMarked
package io.pharos.config.files;

import org.jspecify.annotations.NullMarked;
