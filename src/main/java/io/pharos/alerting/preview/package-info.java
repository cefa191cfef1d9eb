/// About what the reader of a channel sees of a request, for those who look before anything leaves.
@NullMarked
package io.pharos.alerting.preview;

import org.jspecify.annotations.NullMarked;
