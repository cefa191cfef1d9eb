package io.pharos.server.api;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// Marks a method that programs call all the time with data. The audit does not record its calls.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Routine {}
