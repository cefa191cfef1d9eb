/// Who is refused and how it is told: authorization, the form of requests, and the one mapping of
/// exceptions to answers, in the form of the API that was asked.
@NullMarked
package io.pharos.server.api.refusal;

import org.jspecify.annotations.NullMarked;
