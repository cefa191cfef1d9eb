package io.pharos.server.api;

import io.pharos.access.Scope;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// The scope that a request to this method needs. Without this and without [Exempt], a GET needs
/// `read` and everything else `admin`.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Needs {
  Scope value();
}
