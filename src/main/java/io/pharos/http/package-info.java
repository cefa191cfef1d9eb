/// The JDK's HTTP client, kept from leaking.
@NullMarked
package io.pharos.http;

import org.jspecify.annotations.NullMarked;
