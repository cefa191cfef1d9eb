/// Refusals: checks permissions and the syntax of requests, and maps exceptions to answers in the
/// form of each API.
@NullMarked
package io.pharos.server.api.refusal;

import org.jspecify.annotations.NullMarked;
