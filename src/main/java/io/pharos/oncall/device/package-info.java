/// Browsers that show notifications of the people on call.
@NullMarked
package io.pharos.oncall.device;

import org.jspecify.annotations.NullMarked;
