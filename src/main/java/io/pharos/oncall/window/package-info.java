/// Silences of planned work.
@NullMarked
package io.pharos.oncall.window;

import org.jspecify.annotations.NullMarked;
