//! What programs look like.

use expect_test::{Expect, expect};

use crate::check;

#[track_caller]
fn set(text: &str, expected: Expect) {
    expected.assert_eq(&check(text));
}

#[test]
fn spaces_are_those_of_the_language() {
    set(
        "
let  a=x^2+f( y,b = -1 )[ i,j ] . mean
let b=-x^-2*(not c and d) .* { r  with a=1,b={} }
let c : (2*n=>Float)->3=>Float=\\x  y:(3=>n). for i:n  j. (x:n=>Float)[0_0]
def f(x:Float?,y:(a,b))->MLP(2,width=-1)=[1,2.5e-3 ,10_000,]
type   R( n=4,m )={a:n=>Float,b:m+1}
",
        expect![[r#"
            let a = x ^ 2 + f(y, b = -1)[i, j].mean
            let b = -x ^ -2 * (not c and d) .* { r with a = 1, b = {} }
            let c : (2 * n => Float) -> 3 => Float = \x y: (3 => n). for i: n j. (x : n => Float)[0_0]

            def f(x: Float?, y: (a, b)) -> MLP(2, width = -1) =
              [1, 2.5e-3, 10_000]

            type R(n = 4, m) = { a : n => Float, b : m + 1 }
        "#]],
    );
}

#[test]
fn clauses_are_aligned_with_their_likes() {
    set(
        "
model M
  param θ : Positive = 1
  param scale : Real = 10 ~ Normal(0, 1)
  param w : 3 => Float = zeros
  param α, β : Real = 0.5
  param net : MLP(2, 2)
  input X : Path(Float)
  state x : Real
  noise W : Brownian
  mark J of N ~ Normal(0, 1)
  init x = 0
  let a = 1
  let abc = 2
  let t2 : Real = 1
  # apart
  let abcdef = 3

  dx[i] = a * x dt + b dW
  dy = (a * x + 3) dt - dW[0] + dN
  dz/dt = 1
  observe y ~ Normal(x, 1)
  observe count? ~ Poisson(x)
  when x < 0
    x = 1
    count = 0
",
        expect![[r#"
            model M
              param θ     : Positive = 1
              param scale : Real = 10 ~ Normal(0, 1)
              param w     : 3 => Float = zeros
              param α, β : Real = 0.5
              param net : MLP(2, 2)
              input X : Path(Float)
              state x : Real
              noise W : Brownian
              mark  J of N ~ Normal(0, 1)
              init  x = 0
              let a   = 1
              let abc = 2
              let t2 : Real = 1
              # apart
              let abcdef = 3

              dx[i] = a * x dt       + b dW
              dy    = (a * x + 3) dt - dW[0] + dN
              dz/dt = 1
              observe y      ~ Normal(x, 1)
              observe count? ~ Poisson(x)
              when x < 0
                x     = 1
                count = 0
        "#]],
    );
}

#[test]
fn columns_make_a_table() {
    set(
        r#"
data Theoph(subject) = csv "theoph.csv" by "Subject"
  conc : subject => Series(Float?) from "conc" at "Time"
  wt : subject => Float from "Wt"
  id : subject => Nat
"#,
        expect![[r#"
            data Theoph(subject) = csv "theoph.csv" by "Subject"
              conc : subject => Series(Float?) from "conc" at "Time"
              wt   : subject => Float          from "Wt"
              id   : subject => Nat
        "#]],
    );
}

#[test]
fn what_is_too_long_is_broken_at_the_outermost_place() {
    set(
        "
let total = first_addend_of_the_sum * 3 + second_addend_of_the_sum / 4 - third_addend_of_the_sum ^ 5
let called = some_function(first_argument_of_it, second = [first_entry + 1, second_entry], third_argument)
let below = { mean = some_function(first_argument_of_it), std = another_function(first_argument) }.mean
let hugged = fold(100, initial_value_of_the_fold, \\index value. value + step * derivative(value, index))
let numbers = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 17.0, 18.0]
let rows = [[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [7.0, 8.0, 9.0, 10.0, 11.0, 12.0], [13.0, 14.0, 15.0, 16.0]]
let chosen = if first_condition and second_condition then first_value_of_it + 1 else second_value_of_it
let three = if x < 0 then first_value_of_it else if x > 0 then second_value_of_it else third_value

def many(first: n => Float, second: (n => Float) -> n => Float, third: Time, fourth: Nat) -> n => Float =
  first

type Choice = FirstAlternative(Float) | SecondAlternative(Float) | ThirdAlternative(Float) | Fourth

model M
  dx = (first_coefficient * x + second_coefficient * y - third_coefficient * z + fourth_coefficient) dt + σ dW
  dy = first_coefficient * second_coefficient * y dt + third_coefficient * z dW + fourth_coefficient * x dB
",
        expect![[r#"
            let total = first_addend_of_the_sum * 3 + second_addend_of_the_sum / 4 - third_addend_of_the_sum ^ 5
            let called =
              some_function(first_argument_of_it, second = [first_entry + 1, second_entry], third_argument)
            let below =
              { mean = some_function(first_argument_of_it), std = another_function(first_argument) }.mean
            let hugged =
              fold(100, initial_value_of_the_fold, \index value. value + step * derivative(value, index))
            let numbers = [
              1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 17.0, 18.0
            ]
            let rows = [
              [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
              [7.0, 8.0, 9.0, 10.0, 11.0, 12.0],
              [13.0, 14.0, 15.0, 16.0],
            ]
            let chosen =
              if first_condition and second_condition then first_value_of_it + 1 else second_value_of_it
            let three =
              if x < 0 then
                first_value_of_it
              else if x > 0 then
                second_value_of_it
              else
                third_value

            def many(
              first: n => Float,
              second: (n => Float) -> n => Float,
              third: Time,
              fourth: Nat,
            ) -> n => Float =
              first

            type Choice = FirstAlternative(Float) | SecondAlternative(Float) | ThirdAlternative(Float) | Fourth

            model M
              dx = (first_coefficient * x
                  + second_coefficient * y
                  - third_coefficient * z
                  + fourth_coefficient) dt + σ dW
              dy = first_coefficient * second_coefficient * y dt
                + third_coefficient * z dW
                + fourth_coefficient * x dB
        "#]],
    );
}

#[test]
fn functions_without_empty_lines_between_them_are_a_table() {
    set(
        "
def one(x: Float) -> Float =
  x
def two(x: Float) -> Float = if
    x > 0 then 1
    else 2

def alone(x: Float) -> Float = x
",
        expect![[r#"
            def one(x: Float) -> Float = x
            def two(x: Float) -> Float = if x > 0 then 1 else 2

            def alone(x: Float) -> Float =
              x
        "#]],
    );
}

#[test]
fn blocks_stand_below() {
    set(
        "
def f(x) =
      let (a,b) ~ halves(x)

      let c =
         a
      case c of
          Value( v )->v
          (a, _) ->
            let d = a
            d
          Missing->if c then
            let e = 1
            e
           else fold(3,0,\\i s.
               let t = s
               t)
",
        expect![[r#"
            def f(x) =
              let (a, b) ~ halves(x)

              let c = a
              case c of
                Value(v) -> v
                (a, _) ->
                  let d = a
                  d
                Missing ->
                  if c then
                    let e = 1
                    e
                  else
                    fold(3, 0, \i s.
                      let t = s
                      t)
        "#]],
    );
}

#[test]
fn brackets_stay_around_operands() {
    set(
        "
let a = ((a * b) + c) * (((d)))
let b = (f((x), (y + 1)))
let c = [(1 + 2), (3)]
let d = (1).x + (f)(x) ^ (y)
model M
  dx = (a * b) dt + (c) dW
  param a : Real = (for i. 1) ~ (Normal(0, 1))
",
        expect![[r#"
            let a = ((a * b) + c) * d
            let b = f(x, y + 1)
            let c = [1 + 2, 3]
            let d = (1).x + f(x) ^ y

            model M
              dx = (a * b) dt + c dW
              param a : Real = (for i. 1) ~ Normal(0, 1)
        "#]],
    );
}

#[test]
fn comments_stay_beside_what_they_are_about() {
    set(
        "
#! first
## documents
let a = 1 # one

   # below



model   M(n=2)   # header
     # before x
   state x : Real    # x
   state abc : Real    # abc

   noise W : Brownian
   # state y : Real
 # about the next
let b = f( # open
  1 , # one
  # two
  2
  # nothing more
  )
let c = a # a
  + b # b
  - c # c
let d = # below
  3
def f(x # lost
  ) = if x # x
    then 1 # first
    # second
    else 2
## end",
        expect![[r#"
            #! first
            ## documents
            let a = 1  # one

            # below

            model M(n = 2)  # header
              # before x
              state x   : Real  # x
              state abc : Real  # abc

              noise W : Brownian
              # state y : Real

            # about the next
            let b = f(  # open
              1,  # one
              # two
              2,
              # nothing more
            )
            let c = a  # a
              + b  # b
              - c  # c
            let d =  # below
              3

            # x
            def f(
              x,  # lost
            ) =
              if x then
                1  # first
                # second
              else
                2
            ## end
        "#]],
    );
}

#[test]
fn empty_lines_are_kept_one_at_a_time() {
    set(
        "


let a = 1
let b = 2
a
# empty above
-a

let c = 3



let d = 4
model M

  state x : Real


  dx = 0 dt
size n = 1
index I = A | B
",
        expect![[r#"
            let a = 1
            let b = 2

            a

            # empty above
            -a

            let c = 3

            let d = 4

            model M
              state x : Real

              dx = 0 dt

            size  n = 1
            index I = A | B
        "#]],
    );
}

#[test]
fn nothing_stays_nothing() {
    assert_eq!(check(""), "");
    assert_eq!(check("\n \n"), "");
    assert_eq!(check("  # only this"), "# only this\n");
    assert_eq!(check("a\r\nb\r\n"), "a\nb\n");
}

#[test]
fn what_does_not_parse_is_left_alone() {
    let source = sdec_base::SourceMap::default().add("model.sde", "let = 1");
    let diagnostics = sdec_grammar::format(source, "let = 1").unwrap_err();
    assert_eq!(diagnostics.len(), 1);
}

/// Deep and long programs that still parse.
#[test]
fn depth_is_no_danger() {
    let deep = format!("{}x{}", "(1 + ".repeat(100), ")".repeat(100));
    let called = format!("{}x{}", "f(y, \\i. ".repeat(60), ")".repeat(60));
    let long = vec!["x"; 350].join(" + ");
    let indexed = format!("x{}", "[i]".repeat(100));
    for text in [deep, called, long, indexed] {
        check(&format!("let a = {text}\n"));
    }
}
