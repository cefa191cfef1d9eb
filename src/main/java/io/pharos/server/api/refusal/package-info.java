/// Refusals: authorization, malformed requests, and the mapping of exceptions to answers in the
/// form of the API.
@NullMarked
package io.pharos.server.api.refusal;

import org.jspecify.annotations.NullMarked;
