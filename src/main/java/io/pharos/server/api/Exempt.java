package io.pharos.server.api;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// A request to this method needs no scope, for a reason that stands in [Exemption].
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Exempt {
  Exemption value();
}
