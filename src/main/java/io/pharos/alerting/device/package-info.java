/// Browsers that receive push messages: their addresses, and the encryption and signature of
/// messages to them (RFC 8291, RFC 8292).
@NullMarked
package io.pharos.alerting.device;

import org.jspecify.annotations.NullMarked;
