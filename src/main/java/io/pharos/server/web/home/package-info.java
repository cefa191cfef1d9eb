/// The first page: whether all is well, what fires, and how the services did lately.
@NullMarked
package io.pharos.server.web.home;

import org.jspecify.annotations.NullMarked;
