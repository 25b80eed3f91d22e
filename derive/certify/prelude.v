From Coq Require Import Reals Lra Lia Nsatz List FunctionalExtensionality.
Import ListNotations.
From Coquelicot Require Import Coquelicot.
Open Scope R_scope.

(* ---- sums: the sum of f over lo <= i <= hi; an empty one is 0 ---- *)

Fixpoint run (f : nat -> R) (lo count : nat) : R :=
  match count with
  | O => 0
  | S k => f lo + run f (S lo) k
  end.

Definition Sum (lo hi : nat) (f : nat -> R) : R := run f lo (S hi - lo).

Lemma run_ext f g lo c :
  (forall i, (lo <= i < lo + c)%nat -> f i = g i) -> run f lo c = run g lo c.
Proof.
  revert lo; induction c as [|c IH]; intros lo H; simpl; trivial.
  rewrite (H lo) by lia; rewrite (IH (S lo)); trivial; intros; apply H; lia.
Qed.

Lemma Sum_ext lo hi f g :
  (forall i, (lo <= i <= hi)%nat -> f i = g i) -> Sum lo hi f = Sum lo hi g.
Proof. intros H; apply run_ext; intros; apply H; lia. Qed.

Lemma run_plus f g lo c : run (fun i => f i + g i) lo c = run f lo c + run g lo c.
Proof. revert lo; induction c as [|c IH]; intros; simpl; [ring | rewrite IH; ring]. Qed.

Lemma run_scal k f lo c : run (fun i => k * f i) lo c = k * run f lo c.
Proof. revert lo; induction c as [|c IH]; intros; simpl; [ring | rewrite IH; ring]. Qed.

Lemma Sum_plus lo hi f g : Sum lo hi (fun i => f i + g i) = Sum lo hi f + Sum lo hi g.
Proof. apply run_plus. Qed.

Lemma Sum_scal lo hi k f : Sum lo hi (fun i => k * f i) = k * Sum lo hi f.
Proof. apply run_scal. Qed.

Lemma Sum_scal_r lo hi k f : Sum lo hi (fun i => f i * k) = Sum lo hi f * k.
Proof.
  rewrite Rmult_comm, <- Sum_scal; apply Sum_ext; intros; apply Rmult_comm.
Qed.

Lemma Sum_opp lo hi f : Sum lo hi (fun i => - f i) = - Sum lo hi f.
Proof.
  replace (- Sum lo hi f) with (-1 * Sum lo hi f) by ring.
  rewrite <- Sum_scal; apply Sum_ext; intros; ring.
Qed.

Lemma Sum_minus lo hi f g : Sum lo hi (fun i => f i - g i) = Sum lo hi f - Sum lo hi g.
Proof. unfold Rminus; rewrite Sum_plus, Sum_opp; trivial. Qed.

Lemma run_const k lo c : run (fun _ => k) lo c = INR c * k.
Proof.
  revert lo; induction c as [|c IH]; intros; [simpl; ring |].
  cbn [run]; rewrite IH, S_INR; ring.
Qed.

Lemma Sum_const lo hi k : Sum lo hi (fun _ => k) = INR (S hi - lo) * k.
Proof. apply run_const. Qed.

Lemma Sum_const_1 hi k : Sum 1 hi (fun _ => k) = INR hi * k.
Proof. rewrite Sum_const; do 2 f_equal; lia. Qed.

Lemma Sum_const_0 hi k : Sum 0 hi (fun _ => k) = (INR hi + 1) * k.
Proof. rewrite Sum_const, Nat.sub_0_r, S_INR; trivial. Qed.

Lemma run_last f lo c : run f lo (S c) = run f lo c + f (lo + c)%nat.
Proof.
  revert lo; induction c as [|c IH]; intros.
  - simpl; rewrite Nat.add_0_r; ring.
  - cbn [run] in *; rewrite (IH (S lo)); replace (S lo + c)%nat with (lo + S c)%nat by lia; ring.
Qed.

Lemma Sum_last lo hi f : (lo <= S hi)%nat -> Sum lo (S hi) f = Sum lo hi f + f (S hi).
Proof.
  intros H; unfold Sum; replace (S (S hi) - lo)%nat with (S (S hi - lo)) by lia.
  rewrite run_last; do 2 f_equal; lia.
Qed.

Lemma Sum_first lo hi f : (lo <= hi)%nat -> Sum lo hi f = f lo + Sum (S lo) hi f.
Proof.
  intros H; unfold Sum; replace (S hi - lo)%nat with (S (S hi - S lo)) by lia; trivial.
Qed.

Lemma Sum_empty lo hi f : (hi < lo)%nat -> Sum lo hi f = 0.
Proof. intros H; unfold Sum; replace (S hi - lo)%nat with O by lia; trivial. Qed.

Lemma Sum_one lo f : Sum lo lo f = f lo.
Proof. rewrite Sum_first, Sum_empty by lia; ring. Qed.

Lemma run_shift f lo c d : run (fun i => f (i + d)%nat) lo c = run f (lo + d) c.
Proof.
  revert lo; induction c as [|c IH]; intros; simpl; trivial; rewrite IH; trivial.
Qed.

Lemma Sum_shift lo hi d f : Sum (lo + d) (hi + d) f = Sum lo hi (fun i => f (i + d)%nat).
Proof.
  unfold Sum; rewrite run_shift; f_equal; lia.
Qed.

Lemma Sum_down lo hi f : (1 <= lo)%nat -> (1 <= hi)%nat ->
  Sum lo hi f = Sum (lo - 1) (hi - 1) (fun i => f (i + 1)%nat).
Proof.
  intros; rewrite <- Sum_shift; f_equal; lia.
Qed.

Lemma run_swap lo c lo' hi' (f : nat -> nat -> R) :
  run (fun i => Sum lo' hi' (f i)) lo c = Sum lo' hi' (fun j => run (fun i => f i j) lo c).
Proof.
  revert lo; induction c as [|c IH]; intros; cbn [run].
  - rewrite Sum_const; ring.
  - rewrite IH, <- Sum_plus; trivial.
Qed.

Lemma Sum_swap lo hi lo' hi' (f : nat -> nat -> R) :
  Sum lo hi (fun i => Sum lo' hi' (fun j => f i j)) =
  Sum lo' hi' (fun j => Sum lo hi (fun i => f i j)).
Proof. apply run_swap. Qed.

Lemma Sum_nonneg lo hi f :
  (forall i, (lo <= i <= hi)%nat -> 0 <= f i) -> 0 <= Sum lo hi f.
Proof.
  unfold Sum; intros H.
  assert (G : forall i, (lo <= i < lo + (S hi - lo))%nat -> 0 <= f i) by (intros; apply H; lia).
  clear H; revert G; generalize (S hi - lo)%nat as c; intros c; revert lo.
  induction c as [|c IH]; intros; simpl; [lra |].
  apply Rplus_le_le_0_compat; [apply G; lia | apply IH; intros; apply G; lia].
Qed.

Lemma Sum_pos lo hi f : (lo <= hi)%nat ->
  (forall i, (lo <= i <= hi)%nat -> 0 < f i) -> 0 < Sum lo hi f.
Proof.
  intros L H; rewrite Sum_first by trivial.
  apply Rplus_lt_le_0_compat; [apply H; lia |].
  apply Sum_nonneg; intros; apply Rlt_le, H; lia.
Qed.

Lemma Sum_numbers n : Sum 1 n (fun i => INR i) = INR n * (INR n + 1) / 2.
Proof.
  induction n as [|n IH]; [rewrite Sum_empty by lia; simpl; field |].
  rewrite Sum_last, IH, S_INR by lia; field.
Qed.

Lemma Sum_powers q n : 1 - q <> 0 -> Sum 0 n (fun i => q ^ i) = (1 - q ^ S n) / (1 - q).
Proof.
  intros H; induction n as [|n IH]; [rewrite Sum_one; simpl; field; trivial |].
  rewrite Sum_last, IH by lia; simpl; field; trivial.
Qed.

(* ---- Kronecker's delta, and a family with one member changed ---- *)

Definition kd (i j : nat) : R := if Nat.eqb i j then 1 else 0.

Lemma kd_same i : kd i i = 1.
Proof. unfold kd; rewrite Nat.eqb_refl; trivial. Qed.

Lemma kd_sym i j : kd i j = kd j i.
Proof. unfold kd; rewrite Nat.eqb_sym; trivial. Qed.

Lemma kd_other i j : i <> j -> kd i j = 0.
Proof. intros H; unfold kd; apply Nat.eqb_neq in H; rewrite H; trivial. Qed.

Lemma run_kd f j lo c : (lo <= j < lo + c)%nat -> run (fun i => kd i j * f i) lo c = f j.
Proof.
  revert lo; induction c as [|c IH]; intros lo H; [lia |]; simpl.
  destruct (Nat.eq_dec lo j) as [<-|N].
  - rewrite kd_same, (run_ext _ (fun _ => 0)), run_const; [ring |].
    intros; rewrite kd_other by lia; ring.
  - rewrite kd_other, IH by (trivial; lia); ring.
Qed.

Lemma Sum_kd lo hi j f : (lo <= j <= hi)%nat -> Sum lo hi (fun i => kd i j * f i) = f j.
Proof. intros; apply run_kd; lia. Qed.

Definition upd (x : nat -> R) (k : nat) (t : R) : nat -> R :=
  fun i => if Nat.eqb i k then t else x i.
Definition upd2 (x : nat -> nat -> R) (k l : nat) (t : R) : nat -> nat -> R :=
  fun i j => if andb (Nat.eqb i k) (Nat.eqb j l) then t else x i j.

Lemma upd_same x k : upd x k (x k) = x.
Proof.
  extensionality i; unfold upd; destruct (Nat.eqb_spec i k); subst; trivial.
Qed.

Lemma upd2_same x k l : upd2 x k l (x k l) = x.
Proof.
  extensionality i; extensionality j; unfold upd2.
  destruct (Nat.eqb_spec i k), (Nat.eqb_spec j l); subst; trivial.
Qed.

Arguments Sum !lo !hi f /.

(* ---- products ---- *)

Fixpoint times (f : nat -> R) (lo count : nat) : R :=
  match count with
  | O => 1
  | S k => f lo * times f (S lo) k
  end.

Definition Prod (lo hi : nat) (f : nat -> R) : R := times f lo (S hi - lo).

Arguments Prod !lo !hi f /.

Lemma times_pos f lo c : (forall i, (lo <= i < lo + c)%nat -> 0 < f i) -> 0 < times f lo c.
Proof.
  revert lo; induction c as [|c IH]; intros lo H; simpl; [lra |].
  apply Rmult_lt_0_compat; [apply H; lia | apply IH; intros; apply H; lia].
Qed.

Lemma Prod_pos lo hi f : (forall i, (lo <= i <= hi)%nat -> 0 < f i) -> 0 < Prod lo hi f.
Proof. intros H; apply times_pos; intros; apply H; lia. Qed.

Lemma ln_times f lo c : (forall i, (lo <= i < lo + c)%nat -> 0 < f i) ->
  ln (times f lo c) = run (fun i => ln (f i)) lo c.
Proof.
  revert lo; induction c as [|c IH]; intros lo H; simpl; [apply ln_1 |].
  rewrite ln_mult, IH; trivial; try apply times_pos; intros; apply H; lia.
Qed.

Lemma ln_Prod lo hi f : (forall i, (lo <= i <= hi)%nat -> 0 < f i) ->
  ln (Prod lo hi f) = Sum lo hi (fun i => ln (f i)).
Proof. intros H; apply ln_times; intros; apply H; lia. Qed.

Lemma Prod_first lo hi f : (lo <= hi)%nat -> Prod lo hi f = f lo * Prod (S lo) hi f.
Proof.
  intros H; unfold Prod; replace (S hi - lo)%nat with (S (S hi - S lo)) by lia; trivial.
Qed.

Lemma Prod_empty lo hi f : (hi < lo)%nat -> Prod lo hi f = 1.
Proof. intros H; unfold Prod; replace (S hi - lo)%nat with O by lia; trivial. Qed.

(* ---- matrices: functions of row and column, which count from 1 ---- *)

Definition lit (rows : list (list R)) : nat -> nat -> R :=
  fun i j => nth (j - 1) (nth (i - 1) rows nil) 0.
Definition fill (c : R) : nat -> nat -> R := fun _ _ => c.
Definition hcat (c : nat) (A B : nat -> nat -> R) : nat -> nat -> R :=
  fun i j => if Nat.leb j c then A i j else B i (j - c)%nat.
Definition vcat (r : nat) (A B : nat -> nat -> R) : nat -> nat -> R :=
  fun i j => if Nat.leb i r then A i j else B (i - r)%nat j.
Definition mat_col (v : nat -> R) : nat -> nat -> R := fun i _ => v i.
Definition mat_t (A : nat -> nat -> R) : nat -> nat -> R := fun i j => A j i.
Definition mat_add (A B : nat -> nat -> R) : nat -> nat -> R := fun i j => A i j + B i j.
Definition mat_had (A B : nat -> nat -> R) : nat -> nat -> R := fun i j => A i j * B i j.
Definition mat_scal (c : R) (A : nat -> nat -> R) : nat -> nat -> R := fun i j => c * A i j.
Definition mat_map (f : R -> R) (A : nat -> nat -> R) : nat -> nat -> R := fun i j => f (A i j).
Definition mat_eye : nat -> nat -> R := kd.
(* the diagonal matrix of a column *)
Definition mat_diag (v : nat -> nat -> R) : nat -> nat -> R := fun i j => kd i j * v i 1%nat.
(* the product of matrices whose middle has k places *)
Definition mat_mul (k : nat) (A B : nat -> nat -> R) : nat -> nat -> R :=
  fun i j => Sum 1 k (fun m => A i m * B m j).
(* the derivatives of f by the entries of a column, of a matrix *)
Definition grad1 (f : (nat -> R) -> R) (x : nat -> R) : nat -> nat -> R :=
  fun i _ => Derive (fun t : R => f (upd x i t)) (x i).
Definition grad2 (f : (nat -> nat -> R) -> R) (x : nat -> nat -> R) : nat -> nat -> R :=
  fun i j => Derive (fun t : R => f (upd2 x i j t)) (x i j).

(* the determinant of n rows and columns, developed along the first row *)
Fixpoint det (n : nat) (A : nat -> nat -> R) : R :=
  match n with
  | O => 1
  | S m => Sum 1 n (fun j => (-1) ^ (1 + j) * A 1%nat j *
      det m (fun r c => A (S r) (if Nat.ltb c j then c else S c)))
  end.

(* ---- the logistic function ---- *)

Definition sigma (x : R) : R := 1 / (1 + exp (- x)).

Lemma sigma_pos x : 0 < sigma x.
Proof. unfold sigma; apply Rdiv_lt_0_compat; [lra |]; pose proof (exp_pos (- x)); lra. Qed.

Lemma sigma_lt_1 x : 0 < 1 - sigma x.
Proof.
  pose proof (exp_pos (- x)); unfold sigma.
  replace (1 - 1 / (1 + exp (- x))) with (exp (- x) / (1 + exp (- x))) by (field; lra).
  apply Rdiv_lt_0_compat; lra.
Qed.

Lemma sigma_opp x : sigma (- x) = 1 - sigma x.
Proof.
  unfold sigma; rewrite Ropp_involutive, exp_Ropp; pose proof (exp_pos x).
  field; lra.
Qed.

(* ---- derivative rules, over plain real functions ---- *)

Notation D f x l := (is_derive (K := R_AbsRing) (V := R_NormedModule) f x l).

Lemma der (f : R -> R) (x l : R) : D f x l -> Derive f x = l.
Proof. apply is_derive_unique. Qed.

Lemma d_eq (f : R -> R) (x l l' : R) : D f x l -> l = l' -> D f x l'.
Proof. intros H <-; trivial. Qed.

Lemma d_const (c x : R) : D (fun _ : R => c) x 0.
Proof. apply (is_derive_const (K := R_AbsRing) (V := R_NormedModule)). Qed.

Lemma d_id (x : R) : D (fun t : R => t) x 1.
Proof. apply (is_derive_id (K := R_AbsRing)). Qed.

Lemma d_plus (f g : R -> R) (x l m : R) :
  D f x l -> D g x m -> D (fun t => f t + g t) x (l + m).
Proof. intros; apply (is_derive_plus f g x l m); trivial. Qed.

Lemma d_minus (f g : R -> R) (x l m : R) :
  D f x l -> D g x m -> D (fun t => f t - g t) x (l - m).
Proof. intros; apply (is_derive_minus f g x l m); trivial. Qed.

Lemma d_opp (f : R -> R) (x l : R) : D f x l -> D (fun t => - f t) x (- l).
Proof. intros; apply (is_derive_opp f x l); trivial. Qed.

Lemma d_mult (f g : R -> R) (x l m : R) :
  D f x l -> D g x m -> D (fun t => f t * g t) x (l * g x + f x * m).
Proof. intros; apply (is_derive_mult f g x l m); trivial; intros; apply Rmult_comm. Qed.

Lemma d_scal (c : R) (f : R -> R) (x l : R) : D f x l -> D (fun t => c * f t) x (c * l).
Proof. intros; apply (is_derive_scal f x c l); trivial. Qed.

Lemma d_scal_r (c : R) (f : R -> R) (x l : R) : D f x l -> D (fun t => f t * c) x (l * c).
Proof.
  intros H; apply (d_eq _ _ (l * c + f x * 0));
  [apply (d_mult f (fun _ => c)); [trivial | apply d_const] | ring].
Qed.

Lemma d_over (c : R) (f : R -> R) (x l : R) : D f x l -> D (fun t => f t / c) x (l / c).
Proof. apply d_scal_r. Qed.

Lemma d_shift (c : R) (f : R -> R) (x l : R) : D f x l -> D (fun t => c + f t) x l.
Proof.
  intros H; apply (d_eq _ _ (0 + l));
  [apply (d_plus (fun _ => c) f); [apply d_const | trivial] | ring].
Qed.

Lemma d_shift_r (c : R) (f : R -> R) (x l : R) : D f x l -> D (fun t => f t + c) x l.
Proof.
  intros H; apply (d_eq _ _ (l + 0));
  [apply (d_plus f (fun _ => c)); [trivial | apply d_const] | ring].
Qed.

Lemma d_less (c : R) (f : R -> R) (x l : R) : D f x l -> D (fun t => f t - c) x l.
Proof.
  intros H; apply (d_eq _ _ (l - 0));
  [apply (d_minus f (fun _ => c)); [trivial | apply d_const] | ring].
Qed.

Lemma d_from (c : R) (f : R -> R) (x l : R) : D f x l -> D (fun t => c - f t) x (- l).
Proof.
  intros H; apply (d_eq _ _ (0 - l));
  [apply (d_minus (fun _ => c) f); [apply d_const | trivial] | ring].
Qed.

Lemma d_inv (f : R -> R) (x l : R) :
  D f x l -> f x <> 0 -> D (fun t => / f t) x (- l / f x ^ 2).
Proof. intros; apply (is_derive_inv f x l); trivial. Qed.

Lemma d_div (f g : R -> R) (x l m : R) :
  D f x l -> D g x m -> g x <> 0 ->
  D (fun t => f t / g t) x ((l * g x - f x * m) / g x ^ 2).
Proof. intros; apply (is_derive_div f g x l m); trivial. Qed.

Lemma d_comp (g f : R -> R) (x m l : R) :
  D g (f x) m -> D f x l -> D (fun t => g (f t)) x (m * l).
Proof.
  intros G F; eapply d_eq; [apply (is_derive_comp g f x m l G F) |].
  apply Rmult_comm.
Qed.

Lemma D_exp y : D exp y (exp y).
Proof. apply is_derive_Reals, derivable_pt_lim_exp. Qed.

Lemma D_ln y : 0 < y -> D ln y (/ y).
Proof. intros; apply is_derive_Reals, derivable_pt_lim_ln; trivial. Qed.

Lemma D_sin y : D sin y (cos y).
Proof. apply is_derive_Reals, derivable_pt_lim_sin. Qed.

Lemma D_cos y : D cos y (- sin y).
Proof. apply is_derive_Reals, derivable_pt_lim_cos. Qed.

Lemma D_sqrt y : 0 < y -> D sqrt y (/ (2 * sqrt y)).
Proof. intros; apply is_derive_Reals, derivable_pt_lim_sqrt; trivial. Qed.

Lemma D_tan y : cos y <> 0 -> D tan y (1 + tan y ^ 2).
Proof.
  intros H; unfold tan at 1; eapply d_eq.
  - apply (d_div sin cos); [apply D_sin | apply D_cos | trivial].
  - unfold tan; field; trivial.
Qed.

Lemma D_sinh y : D sinh y (cosh y).
Proof. apply is_derive_Reals, derivable_pt_lim_sinh. Qed.

Lemma D_cosh y : D cosh y (sinh y).
Proof. apply is_derive_Reals, derivable_pt_lim_cosh. Qed.

Lemma cosh_pos y : 0 < cosh y.
Proof. unfold cosh; pose proof (exp_pos y); pose proof (exp_pos (- y)); lra. Qed.

Lemma cosh_sinh y : cosh y ^ 2 = 1 + sinh y ^ 2.
Proof.
  unfold cosh, sinh; rewrite exp_Ropp; pose proof (exp_pos y); field; lra.
Qed.

Lemma D_tanh y : D tanh y (1 - tanh y ^ 2).
Proof.
  pose proof (cosh_pos y) as P; unfold tanh at 1; eapply d_eq.
  - apply (d_div sinh cosh); [apply D_sinh | apply D_cosh | lra].
  - unfold tanh; field; lra.
Qed.

Lemma D_atan y : D atan y (/ (1 + y ^ 2)).
Proof.
  eapply d_eq; [apply is_derive_Reals, derivable_pt_lim_atan |].
  unfold Rsqr; field; nra.
Qed.

Lemma D_abs y : y <> 0 -> D Rabs y (y / Rabs y).
Proof.
  intros H; pose proof (Rabs_no_R0 y H) as P.
  eapply d_eq; [apply is_derive_Rabs with (f := fun t => t) (df := 1); [apply d_id | exact H] |].
  destruct (Rtotal_order y 0) as [L | [E | G]]; [| contradiction |].
  - rewrite sign_eq_m1, Rabs_left by trivial; field; trivial.
  - rewrite sign_eq_1, Rabs_right by (trivial; lra); field; trivial.
Qed.

Lemma D_pow n y : D (fun t => t ^ n) y (INR n * y ^ (n - 1)).
Proof.
  eapply d_eq; [apply is_derive_Reals, derivable_pt_lim_pow |].
  rewrite Nat.sub_1_r; trivial.
Qed.

Lemma D_square y : D (fun t => t ^ 2) y (2 * y).
Proof. eapply d_eq; [apply D_pow | simpl; ring]. Qed.

Lemma D_cube y : D (fun t => t ^ 3) y (3 * y ^ 2).
Proof. eapply d_eq; [apply D_pow | simpl; ring]. Qed.

Lemma D_sigma y : D sigma y (sigma y * (1 - sigma y)).
Proof.
  pose proof (exp_pos (- y)); unfold sigma at 1; eapply d_eq.
  - apply d_div; [apply d_const | | lra].
    apply d_plus; [apply d_const |].
    apply (d_comp exp); [apply D_exp | apply d_opp, d_id].
  - cbv beta; unfold sigma; field; lra.
Qed.

Lemma Derive_sigma y : Derive sigma y = sigma y * (1 - sigma y).
Proof. apply der, D_sigma. Qed.

Ltac as_real := cbv beta; match goal with |- @eq _ ?a ?b => change (@eq R a b) end.

(* the logarithmic derivative: of a product the sum, of a quotient the difference *)
Definition logd (f : R -> R) (x l : R) : Prop := 0 < f x /\ D f x (f x * l).

Lemma D_ln_of (f : R -> R) (x l : R) : logd f x l -> D (fun t => ln (f t)) x l.
Proof.
  intros [P H]; eapply d_eq; [apply (d_comp ln f); [apply D_ln; exact P | exact H] |].
  as_real; field; lra.
Qed.

Lemma logd_const (c x : R) : 0 < c -> logd (fun _ => c) x 0.
Proof. split; trivial; eapply d_eq; [apply d_const | as_real; ring]. Qed.

Lemma logd_any (f : R -> R) (x l : R) : 0 < f x -> D f x l -> logd f x (l / f x).
Proof. split; trivial; eapply d_eq; [eassumption | as_real; field; lra]. Qed.

Lemma logd_exp (f : R -> R) (x l : R) : D f x l -> logd (fun t => exp (f t)) x l.
Proof. intros H; split; [apply exp_pos | apply (d_comp exp f); [apply D_exp | trivial]]. Qed.

Lemma logd_mult (f g : R -> R) (x l m : R) : logd f x l -> logd g x m -> logd (fun t => f t * g t) x (l + m).
Proof.
  intros [P H] [Q G]; split; [apply Rmult_lt_0_compat; trivial |].
  eapply d_eq; [apply (d_mult f g); eassumption | as_real; ring].
Qed.

Lemma logd_inv (f : R -> R) (x l : R) : logd f x l -> logd (fun t => / f t) x (- l).
Proof.
  intros [P H]; split; [apply Rinv_0_lt_compat; trivial |].
  eapply d_eq; [apply (d_inv f); [eassumption | lra] | as_real; field; lra].
Qed.

Lemma logd_div (f g : R -> R) (x l m : R) : logd f x l -> logd g x m -> logd (fun t => f t / g t) x (l - m).
Proof. intros F G; apply (logd_mult f (fun t => / g t) x l (- m) F), logd_inv, G. Qed.

Lemma logd_pow (f : R -> R) n (x l : R) : logd f x l -> logd (fun t => f t ^ n) x (INR n * l).
Proof.
  intros [P H]; split; [apply pow_lt; trivial |].
  eapply d_eq; [apply (d_comp (fun y => y ^ n) f); [apply D_pow | eassumption] |].
  destruct n as [|n]; [simpl; ring |]; rewrite Nat.sub_succ, Nat.sub_0_r; simpl; ring.
Qed.

Lemma logd_sqrt (f : R -> R) (x l : R) : logd f x l -> logd (fun t => sqrt (f t)) x (l / 2).
Proof.
  intros [P H]; pose proof (sqrt_lt_R0 _ P) as Q; split; trivial.
  eapply d_eq; [apply (d_comp sqrt f); [apply D_sqrt; trivial | eassumption] |].
  as_real; replace (f x) with (sqrt (f x) * sqrt (f x)) at 2 by (apply sqrt_sqrt; lra).
  field; lra.
Qed.

Lemma d_if (c : bool) (f g : R -> R) (x l m : R) : D f x l -> D g x m ->
  D (fun t => if c then f t else g t) x (if c then l else m).
Proof. destruct c; trivial. Qed.

Lemma d_upd (x : nat -> R) k i (t : R) : D (fun t => upd x k t i) t (kd i k).
Proof. unfold upd, kd; destruct (Nat.eqb i k); [apply d_id | apply d_const]. Qed.

Lemma d_upd2 (x : nat -> nat -> R) k l i j (t : R) :
  D (fun t => upd2 x k l t i j) t (kd i k * kd j l).
Proof.
  unfold upd2, kd; destruct (Nat.eqb i k), (Nat.eqb j l); simpl.
  2-4: eapply d_eq; [apply d_const | ring].
  eapply d_eq; [apply d_id | ring].
Qed.

Lemma d_run (f : R -> nat -> R) (x : R) (df : nat -> R) lo c :
  (forall i, (lo <= i < lo + c)%nat -> D (fun t => f t i) x (df i)) ->
  D (fun t => run (fun i => f t i) lo c) x (run df lo c).
Proof.
  revert lo; induction c as [|c IH]; intros lo H; simpl; [apply d_const |].
  apply (d_plus (fun t => f t lo) (fun t => run (fun i => f t i) (S lo) c)).
  - apply H; lia.
  - apply IH; intros; apply H; lia.
Qed.

Lemma d_Sum (f : R -> nat -> R) (x : R) (df : nat -> R) lo hi :
  (forall i, (lo <= i <= hi)%nat -> D (fun t => f t i) x (df i)) ->
  D (fun t => Sum lo hi (fun i => f t i)) x (Sum lo hi df).
Proof. intros H; apply d_run; intros; apply H; lia. Qed.

Lemma d_open (f : R -> R) (x : R) : ex_derive f x -> D f x (Derive f x).
Proof. apply Derive_correct. Qed.

Lemma d_ext (f g : R -> R) (x l : R) : (forall t, f t = g t) -> D g x l -> D f x l.
Proof. intros H; apply is_derive_ext; intros; symmetry; apply H. Qed.

Lemma d_near (P : R -> Prop) (f g : R -> R) (x l : R) :
  locally x P -> (forall t, P t -> f t = g t) -> D g x l -> D f x l.
Proof.
  intros N H; apply is_derive_ext_loc.
  apply (filter_imp P); trivial; intros t p; symmetry; apply H; trivial.
Qed.

Lemma near_pos x : 0 < x -> locally x (fun t => 0 < t).
Proof. apply (open_gt 0 x). Qed.

Lemma near_unit x : 0 < x < 1 -> locally x (fun t => 0 < t < 1).
Proof.
  intros H; apply (filter_and (fun t => 0 < t) (fun t => t < 1)).
  - apply (open_gt 0 x); tauto.
  - apply (open_lt 1 x); tauto.
Qed.

Lemma near_nonzero x : x <> 0 -> locally x (fun t => t <> 0).
Proof. apply (open_neq 0 x). Qed.

Lemma ln_nonneg x : 1 <= x -> 0 <= ln x.
Proof. intros H; rewrite <- ln_1; apply ln_le; lra. Qed.

(* ---- tactics: nothing below has to be believed, Coq checks what they build ---- *)

Ltac learn P :=
  let T := type of P in
  lazymatch goal with
  | _ : T |- _ => fail
  | _ => pose proof P
  end.

Ltac is_lit k := lazymatch k with O => idtac | S ?j => is_lit j end.

(* what is known of every member of a family, said of the members at hand *)
Ltac facts :=
  repeat match goal with
  | H : forall i : nat, (_ <= i)%nat -> _, j : nat |- _ => learn (H j ltac:(lia))
  | H : forall i : nat, (_ <= i <= _)%nat -> _, j : nat |- _ => learn (H j ltac:(lia))
  | H : forall i : nat, (_ <= i <= _)%nat -> _ |- context [_ 1%nat] => learn (H 1%nat ltac:(lia))
  | H : forall i : nat, (_ <= i <= _)%nat -> _ |- context [_ 2%nat] => learn (H 2%nat ltac:(lia))
  | H : forall i : nat, (_ <= i <= _)%nat -> _ |- context [_ 3%nat] => learn (H 3%nat ltac:(lia))
  | H : forall i : nat, _ |- context [_ ?k] =>
      lazymatch type of k with nat => is_lit k end;
      lazymatch type of (H k) with
      | _ < _ => learn (H k) | _ <= _ => learn (H k) | _ <> _ => learn (H k)
      | _ /\ _ => learn (H k)
      end
  | H : forall i : nat, _ < _, j : nat |- _ => learn (H j)
  | H : forall i : nat, _ <= _, j : nat |- _ => learn (H j)
  | H : forall i : nat, _ <> _, j : nat |- _ => learn (H j)
  | H : forall i : nat, _ /\ _, j : nat |- _ => learn (H j)
  | H : forall t : R, _ < _, x : R |- _ => learn (H x)
  | H : forall t : R, _ <= _, x : R |- _ => learn (H x)
  | H : forall t : R, _ <> _, x : R |- _ => learn (H x)
  | H : forall t : R, _ /\ _, x : R |- _ => learn (H x)
  end;
  repeat match goal with H : _ /\ _ |- _ => destruct H end.

(* signs of what stands in the goal that hold whatever its argument *)
Ltac signs :=
  repeat match goal with
  | |- context [exp ?x] => learn (exp_pos x)
  | |- context [sigma ?x] => first [learn (sigma_pos x) | learn (sigma_lt_1 x)]
  | |- context [cosh ?x] => learn (cosh_pos x)
  | |- context [sqrt ?x] => learn (sqrt_pos x)
  | |- context [INR ?n] => learn (pos_INR n)
  | |- context [PI] => learn PI_RGT_0
  end.

Ltac sized :=
  repeat match goal with
  | H : (1 <= ?n)%nat |- context [INR ?n] => learn (lt_0_INR n ltac:(lia))
  | H : (0 < ?n)%nat |- context [INR ?n] => learn (lt_0_INR n ltac:(lia))
  | H : (1 <= ?n <= _)%nat |- context [INR ?n] => learn (lt_0_INR n ltac:(lia))
  end.

Ltac pos :=
  first
  [ assumption
  | match goal with
    | |- 0 < exp _ => apply exp_pos
    | |- 0 < sigma _ => apply sigma_pos
    | |- 0 < 1 - sigma _ => apply sigma_lt_1
    | |- 0 < cosh _ => apply cosh_pos
    | |- 0 < PI => apply PI_RGT_0
    | |- 0 < INR _ => apply lt_0_INR; lia
    | |- 0 < sqrt _ => apply sqrt_lt_R0; pos
    | |- 0 < / _ => apply Rinv_0_lt_compat; pos
    | |- 0 < _ * _ => apply Rmult_lt_0_compat; pos
    | |- 0 < _ / _ => apply Rdiv_lt_0_compat; pos
    | |- 0 < _ ^ _ => apply pow_lt; pos
    | |- 0 < Sum _ _ _ => apply Sum_pos; [lia | intros; pos]
    | |- 0 < _ + _ => apply Rplus_lt_0_compat; pos
    | |- 0 < _ + _ => apply Rplus_lt_le_0_compat; nonneg
    | |- 0 < _ + _ => apply Rplus_le_lt_0_compat; nonneg
    end
  | solve [facts; signs; sized; lra]
  | solve [facts; signs; sized; nra] ]
with nonneg :=
  first
  [ assumption
  | match goal with
    | |- 0 < _ => pos
    | |- 0 <= sqrt _ => apply sqrt_pos
    | |- 0 <= INR _ => apply pos_INR
    | |- 0 <= Rabs _ => apply Rabs_pos
    | |- 0 <= ln _ => apply ln_nonneg; solve [facts; signs; sized; lra]
    | |- 0 <= ?x ^ 2 => apply pow2_ge_0
    | |- 0 <= ?x * ?x => apply Rle_0_sqr
    | |- 0 <= _ + _ => apply Rplus_le_le_0_compat; nonneg
    | |- 0 <= _ * _ => apply Rmult_le_pos; nonneg
    | |- 0 <= _ / _ => apply Rdiv_le_0_compat; [nonneg | pos]
    | |- 0 <= Sum _ _ _ => apply Sum_nonneg; intros; nonneg
    end
  | apply Rlt_le; pos
  | solve [facts; signs; sized; lra]
  | solve [facts; signs; sized; nra] ].

Ltac nz :=
  first
  [ assumption
  | match goal with
    | |- _ /\ _ => split; nz
    | |- ?a * ?b <> 0 => apply Rmult_integral_contrapositive_currified; nz
    | |- ?a ^ _ <> 0 => apply pow_nonzero; nz
    | |- / ?a <> 0 => apply Rinv_neq_0_compat; nz
    | |- - ?a <> 0 => apply Ropp_neq_0_compat; nz
    | |- INR _ <> 0 => apply not_0_INR; lia
    | H : Rabs ?a <> 0 |- ?a <> 0 =>
        let E := fresh in intros E; apply H; rewrite E; apply Rabs_R0
    end
  | apply Rgt_not_eq; unfold Rgt; pos
  | solve [facts; signs; sized; lra]
  | solve [facts; signs; sized; nra]
  | apply Rlt_not_eq, Ropp_lt_cancel; rewrite Ropp_0; pos
  | solve [let E := fresh in intros E; facts; ring_simplify in E; first [lra | nra | congruence]] ].

Ltac same := rewrite ?upd_same, ?upd2_same.
Ltac dnz := same; nz.
Ltac dpos := same; pos.
Ltac dex :=
  first [ assumption
        | match goal with H : _ |- _ => apply H; lia end
        | match goal with H : _ |- _ => apply H end ].

(* derivatives, from the outside in; the value is built on the way *)
Ltac dd :=
  cbv beta;
  lazymatch goal with
  | |- is_derive (fun _ => ?c) _ _ => apply d_const
  | |- is_derive (fun t => t) _ _ => apply d_id
  | |- is_derive (fun t => if ?c then @?f t else @?g t) _ _ => apply (d_if c f g); [dd | dd]
  | |- is_derive (fun t => @?f t + @?g t) _ _ =>
      lazymatch f with
      | fun _ => ?c => apply (d_shift c g); dd
      | _ => lazymatch g with
             | fun _ => ?c => apply (d_shift_r c f); dd
             | _ => apply (d_plus f g); [dd | dd]
             end
      end
  | |- is_derive (fun t => @?f t - @?g t) _ _ =>
      lazymatch f with
      | fun _ => ?c => apply (d_from c g); dd
      | _ => lazymatch g with
             | fun _ => ?c => apply (d_less c f); dd
             | _ => apply (d_minus f g); [dd | dd]
             end
      end
  | |- is_derive (fun t => @?f t * @?g t) _ _ =>
      lazymatch f with
      | fun _ => ?c => apply (d_scal c g); dd
      | _ => lazymatch g with
             | fun _ => ?c => apply (d_scal_r c f); dd
             | _ => apply (d_mult f g); [dd | dd]
             end
      end
  | |- is_derive (fun t => @?f t / @?g t) _ _ =>
      lazymatch g with
      | fun _ => ?c => apply (d_over c f); dd
      | _ => apply (d_div f g); [dd | dd | cbv beta; dnz]
      end
  | |- is_derive (fun t => - @?f t) _ _ => apply (d_opp f); dd
  | |- is_derive (fun t => / @?f t) _ _ => apply (d_inv f); [dd | cbv beta; dnz]
  | |- is_derive (fun t => exp (@?f t)) _ _ => apply (d_comp exp f); [apply D_exp | dd]
  | |- is_derive (fun t => ln (@?f t)) _ _ =>
      lazymatch f with
      | fun t => _ * _ => apply (D_ln_of f); dlog
      | fun t => _ / _ => apply (D_ln_of f); dlog
      | fun t => / _ => apply (D_ln_of f); dlog
      | fun t => _ ^ _ => apply (D_ln_of f); dlog
      | fun t => exp _ => apply (D_ln_of f); dlog
      | fun t => sqrt _ => apply (D_ln_of f); dlog
      | _ => apply (d_comp ln f); [apply D_ln; cbv beta; dpos | dd]
      end
  | |- is_derive (fun t => sigma (@?f t)) _ _ => apply (d_comp sigma f); [apply D_sigma | dd]
  | |- is_derive (fun t => sin (@?f t)) _ _ => apply (d_comp sin f); [apply D_sin | dd]
  | |- is_derive (fun t => cos (@?f t)) _ _ => apply (d_comp cos f); [apply D_cos | dd]
  | |- is_derive (fun t => tan (@?f t)) _ _ =>
      apply (d_comp tan f); [apply D_tan; cbv beta; dnz | dd]
  | |- is_derive (fun t => sinh (@?f t)) _ _ => apply (d_comp sinh f); [apply D_sinh | dd]
  | |- is_derive (fun t => cosh (@?f t)) _ _ => apply (d_comp cosh f); [apply D_cosh | dd]
  | |- is_derive (fun t => tanh (@?f t)) _ _ => apply (d_comp tanh f); [apply D_tanh | dd]
  | |- is_derive (fun t => Rabs (@?f t)) _ _ =>
      apply (d_comp Rabs f); [apply D_abs; cbv beta; dnz | dd]
  | |- is_derive (fun t => atan (@?f t)) _ _ => apply (d_comp atan f); [apply D_atan | dd]
  | |- is_derive (fun t => sqrt (@?f t)) _ _ =>
      apply (d_comp sqrt f); [apply D_sqrt; cbv beta; dpos | dd]
  | |- is_derive (fun t => @?f t ^ 2) _ _ =>
      apply (d_comp (fun y => y ^ 2) f); [apply D_square | dd]
  | |- is_derive (fun t => @?f t ^ 3) _ _ =>
      apply (d_comp (fun y => y ^ 3) f); [apply D_cube | dd]
  | |- is_derive (fun t => @?f t ^ ?n) _ _ =>
      apply (d_comp (fun y => y ^ n) f); [apply D_pow | dd]
  | |- is_derive (fun t => upd ?x ?k t ?i) _ _ => apply d_upd
  | |- is_derive (fun t => upd2 ?x ?k ?l t ?i ?j) _ _ => apply d_upd2
  | |- is_derive (fun t => Sum ?lo ?hi (fun i => @?f t i)) _ _ =>
      apply (d_Sum f); let i := fresh "i" in intros i ?; dd
  | |- is_derive (fun t => Derive (@?f t) (@?g t)) _ _ =>
      first
      [ apply d_open; dex
      | lazymatch f with fun _ => ?F => apply (d_comp (Derive F) g); [apply d_open; dex | dd] end
      | eapply d_ext; [ let t := fresh "t" in intros t; cbv beta; apply der; dd | dd ]
      | eapply (d_near (fun t => 0 < t));
        [ apply near_pos; assumption
        | let t := fresh "t" in intros t ?; cbv beta; apply der; dd | dd ]
      | eapply (d_near (fun t => t <> 0));
        [ apply near_nonzero; assumption
        | let t := fresh "t" in intros t ?; cbv beta; apply der; dd | dd ]
      | eapply (d_near (fun t => 0 < t < 1));
        [ apply near_unit; assumption
        | let t := fresh "t" in intros t ?; cbv beta; apply der; dd | dd ] ]
  | |- is_derive (fun t => ?F (@?f t)) _ _ =>
      first [ apply d_open; dex | apply (d_comp F f); [apply d_open; dex | dd] ]
  | |- is_derive (fun t => _) _ _ => apply d_open; dex
  end
with dlog :=
  cbv beta;
  lazymatch goal with
  | |- logd (fun _ => ?c) _ _ => apply logd_const; dpos
  | |- logd (fun t => @?f t * @?g t) _ _ => apply (logd_mult f g); [dlog | dlog]
  | |- logd (fun t => @?f t / @?g t) _ _ => apply (logd_div f g); [dlog | dlog]
  | |- logd (fun t => / @?f t) _ _ => apply (logd_inv f); dlog
  | |- logd (fun t => @?f t ^ ?n) _ _ => apply (logd_pow f n); dlog
  | |- logd (fun t => exp (@?f t)) _ _ => apply (logd_exp f); dd
  | |- logd (fun t => sqrt (@?f t)) _ _ => apply (logd_sqrt f); dlog
  | |- logd ?f _ _ => apply (logd_any f); [cbv beta; dpos | dd]
  end.

Ltac plain E :=
  rewrite ?upd_same, ?upd2_same in E;
  change (AbsRing.sort R_AbsRing) with R in E;
  change (NormedModule.sort R_AbsRing R_NormedModule) with R in E;
  cbv beta in E.

(* every derivative that the goal shows outside of sums is worked out *)
Ltac derive_here :=
  match goal with
  | |- context [Derive ?f ?x] =>
      let l := open_constr:(_ : R) in
      let E := fresh in
      assert (E : Derive f x = l) by (apply der; dd);
      plain E;
      lazymatch type of E with Derive _ _ = ?r =>
        tryif constr_eq r (Derive f x) then fail else (rewrite E; clear E) end
  end.


Lemma upd_at x k t : upd x k t k = t.
Proof. unfold upd; rewrite Nat.eqb_refl; trivial. Qed.

Lemma upd_upd x k s t : upd (upd x k s) k t = upd x k t.
Proof. extensionality i; unfold upd; destruct (Nat.eqb i k); trivial. Qed.

Lemma upd2_at x k l t : upd2 x k l t k l = t.
Proof. unfold upd2; rewrite !Nat.eqb_refl; trivial. Qed.

Lemma upd2_upd2 x k l s t : upd2 (upd2 x k l s) k l t = upd2 x k l t.
Proof.
  extensionality i; extensionality j; unfold upd2.
  destruct (andb (Nat.eqb i k) (Nat.eqb j l)); trivial.
Qed.

(* a member changed twice is changed once *)
Ltac twice :=
  repeat match goal with
  | |- context [fun t : R => Derive (@?f t) (upd2 ?x ?k ?l t ?k ?l)] =>
      let g := open_constr:(_ : R -> R -> R) in
      let E := fresh in
      assert (E : (fun t : R => Derive (f t) (upd2 x k l t k l)) = (fun t : R => Derive (g t) t));
      [ let t := fresh "t" in
        let s := fresh "s" in
        extensionality t; rewrite upd2_at; apply (f_equal (fun h => Derive h t));
        extensionality s; cbv beta;
        let hidden := fresh in
        match goal with |- _ = ?r => set (hidden := r) end;
        rewrite !upd2_upd2; subst hidden; reflexivity
      | cbv beta in E; rewrite E; clear E ]
  | |- context [fun t : R => Derive (@?f t) (upd ?x ?k t ?k)] =>
      let g := open_constr:(_ : R -> R -> R) in
      let E := fresh in
      assert (E : (fun t : R => Derive (f t) (upd x k t k)) = (fun t : R => Derive (g t) t));
      [ let t := fresh "t" in
        let s := fresh "s" in
        extensionality t; rewrite upd_at; apply (f_equal (fun h => Derive h t));
        extensionality s; cbv beta;
        let hidden := fresh in
        match goal with |- _ = ?r => set (hidden := r) end;
        rewrite !upd_upd; subst hidden; reflexivity
      | cbv beta in E; rewrite E; clear E ]
  end.

Ltac under tac :=
  match goal with
  | |- context [Sum ?lo ?hi ?f] =>
      let g := open_constr:(_ : nat -> R) in
      let E := fresh in
      assert (E : forall i, (lo <= i <= hi)%nat -> f i = g i);
      [ let i := fresh "i" in
        let hidden := fresh in
        intros i ?; cbv beta;
        match goal with |- _ = ?r => set (hidden := r) end; (* no rewriting in what is unknown *)
        progress tac; subst hidden; reflexivity | ];
      cbv beta in E; rewrite (Sum_ext lo hi f _ E); cbv beta; clear E
  end.

(* a derivative as a function is written in one way *)
Ltac eta :=
  repeat match goal with
  | |- context [fun t : R => Derive ?f t] => change (fun t : R => Derive f t) with (Derive f)
  | |- context [Derive (fun t : R => ?f t)] => change (Derive (fun t : R => f t)) with (Derive f)
  end.

(* the slope of a function, where another derivative is taken of it *)
Ltac slopes :=
  repeat match goal with
  | |- context [Derive ?h _] =>
      match h with context [Derive ?f] =>
        let g := open_constr:(_ : R -> R) in
        let E := fresh in
        assert (E : Derive f = g) by
          (let t := fresh "t" in extensionality t; apply der;
           match goal with |- is_derive _ _ ?l =>
             let m := open_constr:(_ : R) in
             let F := fresh in
             assert (F : D f t m) by dd;
             lazymatch type of F with is_derive _ _ ?v =>
               lazymatch v with context [Derive _] => fail | _ => idtac end;
               let w := lazymatch eval pattern t in v with ?u _ => u end in unify g w end;
             exact F end);
        cbv beta in E; rewrite E; clear E end
  end.

Ltac derive_all :=
  twice; try slopes; repeat derive_here; rewrite ?Derive_sigma;
  repeat (under ltac:(repeat derive_here; rewrite ?Derive_sigma); rewrite ?Derive_sigma); eta.

Ltac start :=
  intros;
  repeat match goal with
  | x := fun t : R => 1 / (1 + exp (- t)) |- _ => change x with sigma in *; clear x
  end;
  repeat match goal with x := _ |- _ => subst x end;
  cbv beta zeta in *.

Ltac brew E :=
  let T := type of E in
  let U := eval cbv beta in T in
  let H := fresh in
  assert (H : U) by exact E; rewrite H; clear H.

Ltac recast lo hi f g :=
  let H := fresh in
  assert (H : Sum lo hi f = Sum lo hi g) by (apply Sum_ext; intros; cbv beta; first [ring | field; nz]);
  rewrite H; clear H; cbv beta.

(* Kronecker's delta in a sum leaves one member *)
Ltac collapse :=
  match goal with
  | |- context [Sum ?lo ?hi (fun i => kd i ?j * @?g i)] => brew (Sum_kd lo hi j g ltac:(lia))
  | |- context [Sum ?lo ?hi (fun i => @?g i * kd i ?j)] =>
      recast lo hi (fun i => g i * kd i j) (fun i => kd i j * g i)
  | |- context [Sum ?lo ?hi (fun i => kd i ?j)] =>
      recast lo hi (fun i => kd i j) (fun i => kd i j * 1)
  | |- context [Sum ?lo ?hi (fun i => kd ?j i)] =>
      rewrite (Sum_ext lo hi (fun i => kd j i) (fun i => kd i j * 1))
        by (intros; rewrite kd_sym; ring)
  | |- context [Sum ?lo ?hi (fun i => kd ?j i * @?g i)] =>
      rewrite (Sum_ext lo hi (fun i => kd j i * g i) (fun i => kd i j * g i))
        by (intros; rewrite kd_sym; trivial)
  | |- context [Sum ?lo ?hi (fun i => @?g i * kd ?j i)] =>
      rewrite (Sum_ext lo hi (fun i => g i * kd j i) (fun i => kd i j * g i))
        by (intros; rewrite kd_sym; ring)
  | |- context [Sum ?lo ?hi (fun i => @?f i * (kd i ?j * @?g i))] =>
      recast lo hi (fun i => f i * (kd i j * g i)) (fun i => kd i j * (f i * g i))
  | |- context [Sum ?lo ?hi (fun i => @?f i * (@?g i * kd i ?j))] =>
      recast lo hi (fun i => f i * (g i * kd i j)) (fun i => kd i j * (f i * g i))
  | |- context [Sum ?lo ?hi (fun i => @?f i * (@?g i * (kd i ?j * @?h i)))] =>
      recast lo hi (fun i => f i * (g i * (kd i j * h i))) (fun i => kd i j * (f i * g i * h i))
  | |- context [Sum ?lo ?hi (fun i => @?f i * (@?g i * (@?h i * kd i ?j)))] =>
      recast lo hi (fun i => f i * (g i * (h i * kd i j))) (fun i => kd i j * (f i * g i * h i))
  end; cbv beta.

(* a sum's body multiplied out, and what does not depend on the index taken out *)
Ltac spread :=
  match goal with
  | |- context [Sum 1 ?hi (fun _ => ?c)] => rewrite (Sum_const_1 hi c)
  | |- context [Sum 0 ?hi (fun _ => ?c)] => rewrite (Sum_const_0 hi c)
  | |- context [Sum ?lo ?hi (fun i => @?f i + @?g i)] => brew (Sum_plus lo hi f g)
  | |- context [Sum ?lo ?hi (fun i => @?f i - @?g i)] => brew (Sum_minus lo hi f g)
  | |- context [Sum ?lo ?hi (fun i => - @?f i)] => brew (Sum_opp lo hi f)
  | |- context [Sum ?lo ?hi (fun i => ?c * @?f i)] => brew (Sum_scal lo hi c f)
  | |- context [Sum ?lo ?hi (fun i => @?f i * ?c)] => brew (Sum_scal_r lo hi c f)
  | |- _ => collapse
  | |- context [Sum ?lo ?hi (fun i => @?f i / @?g i)] =>
      recast lo hi (fun i => f i / g i) (fun i => f i * / g i)
  | |- context [Sum ?lo ?hi (fun i => (@?f i - @?g i) ^ 2)] =>
      recast lo hi (fun i => (f i - g i) ^ 2) (fun i => f i * f i - 2 * (f i * g i) + g i * g i)
  | |- context [Sum ?lo ?hi (fun i => (@?f i + @?g i) ^ 2)] =>
      recast lo hi (fun i => (f i + g i) ^ 2) (fun i => f i * f i + 2 * (f i * g i) + g i * g i)
  | |- context [Sum ?lo ?hi (fun i => (@?f i * @?g i) ^ 2)] =>
      recast lo hi (fun i => (f i * g i) ^ 2) (fun i => f i ^ 2 * g i ^ 2)
  | |- context [Sum ?lo ?hi (fun i => @?f i * (@?g i + @?h i))] =>
      recast lo hi (fun i => f i * (g i + h i)) (fun i => f i * g i + f i * h i)
  | |- context [Sum ?lo ?hi (fun i => @?f i * (@?g i - @?h i))] =>
      recast lo hi (fun i => f i * (g i - h i)) (fun i => f i * g i - f i * h i)
  | |- context [Sum ?lo ?hi (fun i => @?f i * - @?g i)] =>
      recast lo hi (fun i => f i * - g i) (fun i => - (f i * g i))
  | |- context [Sum ?lo ?hi (fun i => (@?g i + @?h i) * @?f i)] =>
      recast lo hi (fun i => (g i + h i) * f i) (fun i => g i * f i + h i * f i)
  | |- context [Sum ?lo ?hi (fun i => (@?g i - @?h i) * @?f i)] =>
      recast lo hi (fun i => (g i - h i) * f i) (fun i => g i * f i - h i * f i)
  | |- context [Sum ?lo ?hi (fun i => - @?f i * @?g i)] =>
      recast lo hi (fun i => - f i * g i) (fun i => - (f i * g i))
  | |- context [Sum ?lo ?hi (fun i => @?f i / @?g i * @?h i)] =>
      recast lo hi (fun i => f i / g i * h i) (fun i => f i * (/ g i * h i))
  | |- context [Sum ?lo ?hi (fun i => @?f i * (@?g i / @?h i))] =>
      recast lo hi (fun i => f i * (g i / h i)) (fun i => f i * (g i * / h i))
  | |- context [Sum ?lo ?hi (fun i => @?f i * @?g i * @?h i)] =>
      recast lo hi (fun i => f i * g i * h i) (fun i => f i * (g i * h i))
  | |- context [Sum ?lo ?hi (fun i => @?f i * (?c * @?g i))] =>
      recast lo hi (fun i => f i * (c * g i)) (fun i => c * (f i * g i))
  | |- context [Sum ?lo ?hi (fun i => @?f i * (@?g i * ?c))] =>
      recast lo hi (fun i => f i * (g i * c)) (fun i => c * (f i * g i))
  | |- context [Sum ?lo ?hi (fun i => @?f i * (@?g i * (?c * @?h i)))] =>
      recast lo hi (fun i => f i * (g i * (c * h i))) (fun i => c * (f i * (g i * h i)))
  | |- context [Sum ?lo ?hi (fun i => @?f i * (@?g i * (@?h i * ?c)))] =>
      recast lo hi (fun i => f i * (g i * (h i * c))) (fun i => c * (f i * (g i * h i)))
  | |- context [Sum ?lo ?hi (fun i => @?f i * (@?g i * (@?h i + @?k i)))] =>
      recast lo hi (fun i => f i * (g i * (h i + k i))) (fun i => f i * g i * h i + f i * g i * k i)
  | |- context [Sum ?lo ?hi (fun i => @?f i * (@?g i * (@?h i - @?k i)))] =>
      recast lo hi (fun i => f i * (g i * (h i - k i))) (fun i => f i * g i * h i - f i * g i * k i)
  end; cbv beta.

(* ---- sums of products: multiplied out, what does not depend on the index taken out ---- *)

(* marks: a sum whose body is multiplied out, and a sum with nothing left to take out *)
Definition Open (lo hi : nat) (f : nat -> R) : R := Sum lo hi f.
Definition Done (lo hi : nat) (f : nat -> R) : R := Sum lo hi f.

Lemma Sum_open lo hi f g :
  (forall i, (lo <= i <= hi)%nat -> f i = g i) -> Sum lo hi f = Open lo hi g.
Proof. apply Sum_ext. Qed.

Lemma Open_split lo hi f g h : (forall i, f i = g i + h i) ->
  Open lo hi f = Open lo hi g + Open lo hi h.
Proof. intros E; unfold Open; rewrite <- Sum_plus; apply Sum_ext; intros; apply E. Qed.

Lemma Open_taken lo hi f c g : (forall i, f i = c * g i) -> Open lo hi f = c * Done lo hi g.
Proof. intros E; unfold Open, Done; rewrite <- Sum_scal; apply Sum_ext; intros; apply E. Qed.

Lemma Open_kd lo hi f j g : (forall i, f i = kd i j * g i) -> (lo <= j <= hi)%nat ->
  Open lo hi f = g j.
Proof.
  intros E H; unfold Open; rewrite <- (Sum_kd lo hi j g H); apply Sum_ext; intros; apply E.
Qed.

Lemma Sum_ones_1 hi : Done 1 hi (fun _ => 1) = INR hi.
Proof. unfold Done; rewrite Sum_const_1; ring. Qed.

Lemma Sum_ones_0 hi : Done 0 hi (fun _ => 1) = INR hi + 1.
Proof. unfold Done; rewrite Sum_const_0; ring. Qed.

Lemma square x : x ^ 2 = x * x.
Proof. ring. Qed.

Lemma cube x : x ^ 3 = x * (x * x).
Proof. ring. Qed.

Ltac factor i e k :=
  lazymatch e with
  | ?a * ?b => factor i a ltac:(fun c d => factor i b ltac:(fun c2 d2 =>
      lazymatch constr:((c, d, c2, d2)) with
      | (?c, ?d, 1, 1) => k c d
      | (1, 1, ?c, ?d) => k c d
      | (1, ?d, 1, ?d2) => k constr:(1) constr:(d * d2)
      | (?c, ?d, ?c2, 1) => k constr:(c * c2) d
      | (?c, 1, ?c2, ?d) => k constr:(c * c2) d
      | (1, ?d, ?c, ?d2) => k c constr:(d * d2)
      | (?c, ?d, 1, ?d2) => k c constr:(d * d2)
      | _ => k constr:(c * c2) constr:(d * d2)
      end))
  | - ?a => factor i a ltac:(fun c d => k constr:(- c) d)
  | _ => lazymatch e with
         | context [i] => k constr:(1) e
         | _ => k e constr:(1)
         end
  end.

Ltac spelled :=
  repeat first
  [ progress rewrite ?Rmult_0_l, ?Rmult_0_r, ?Rplus_0_l, ?Rplus_0_r, ?Rmult_1_l, ?Rmult_1_r,
      ?pow_1, ?pow_O
  | progress rewrite ?Rmult_plus_distr_l, ?Rmult_plus_distr_r, ?Ropp_plus_distr, ?Rinv_mult
  | match goal with
    | |- context [(?a + ?b) ^ 2] => rewrite (square (a + b))
    | |- context [(?a + ?b) ^ 3] => rewrite (cube (a + b))
    | |- context [(- ?a) ^ 2] => rewrite (square (- a))
    | |- context [(?a * ?b) ^ ?n] => rewrite (Rpow_mult_distr a b n)
    | |- context [- ?a * ?b] => rewrite (Ropp_mult_distr_l_reverse a b)
    | |- context [?a * - ?b] => rewrite (Ropp_mult_distr_r_reverse a b)
    | |- context [- - ?a] => rewrite (Ropp_involutive a)
    end ].

(* Kronecker's delta first, where a product has one *)
Ltac delta_first i e k :=
  lazymatch e with
  | ?a * ?b => first [delta_first i a ltac:(fun d r => k d constr:(r * b))
                     | delta_first i b ltac:(fun d r => k d constr:(a * r))]
  | - ?a => delta_first i a ltac:(fun d r => k d constr:(- r))
  | kd i ?j => k constr:(kd i j) constr:(1)
  | kd ?j i => k constr:(kd i j) constr:(1)
  | _ => fail
  end.

Ltac abstracted i e := lazymatch eval pattern i in e with ?f _ => f end.

Ltac term_taken lo hi f :=
  let E := fresh in
  let i := fresh "i" in
  let c := open_constr:(_ : R) in
  let g := open_constr:(_ : nat -> R) in
  assert (E : forall i, f i = c * g i);
  [ intros i; cbv beta;
    lazymatch goal with |- ?e = _ =>
      factor i e ltac:(fun u v => let w := abstracted i v in unify c u; unify g w) end;
    cbv beta; ring
  | rewrite (Open_taken lo hi f _ _ E); clear E; cbv beta ].

Ltac delta_taken lo hi f :=
  let E := fresh in
  let i := fresh "i" in
  let j := open_constr:(_ : nat) in
  let g := open_constr:(_ : nat -> R) in
  assert (E : forall i, f i = kd i j * g i);
  [ intros i; cbv beta;
    lazymatch goal with |- ?e = _ =>
      delta_first i e ltac:(fun d r =>
        lazymatch d with kd _ ?m => let w := abstracted i r in unify j m; unify g w end) end;
    cbv beta; first [ring | rewrite kd_sym; ring]
  | rewrite (Open_kd lo hi f _ _ E) by lia; clear E; cbv beta ].

Ltac term_step :=
  match goal with
  | |- context [Open ?lo ?hi (fun i => @?f i + @?g i)] =>
      rewrite (Open_split lo hi (fun i => f i + g i) f g) by reflexivity; cbv beta
  | |- context [Open ?lo ?hi ?f] => first [delta_taken lo hi f | term_taken lo hi f]
  end.

Ltac sum_step :=
  match goal with
  | |- context [Sum ?lo ?hi ?f] =>
      let E := fresh in
      let g := open_constr:(_ : nat -> R) in
      assert (E : forall i, (lo <= i <= hi)%nat -> f i = g i);
      [ let i := fresh "i" in
        let hidden := fresh in
        intros i ?; cbv beta;
        match goal with |- _ = ?r => set (hidden := r) end;
        repeat sum_step; spelled; subst hidden; reflexivity
      | rewrite (Sum_open lo hi f _ E); clear E; cbv beta; repeat term_step ]
  end.

(* Kronecker's delta alone, without multiplying out *)
Ltac delta_sum :=
  match goal with
  | |- context [Sum ?lo ?hi ?f] => change (Sum lo hi f) with (Open lo hi f); delta_taken lo hi f
  end.

Ltac delta_sums := repeat first [delta_sum | under delta_sums].

Lemma Sum_headed k f g : (forall i, (1 <= i <= k)%nat -> f (i + 1)%nat = g i) ->
  Sum 1 (k + 1) f = f 1%nat + Sum 1 k g.
Proof.
  intros H; rewrite Sum_first by lia; f_equal.
  rewrite (Sum_down 2) by lia; replace (k + 1 - 1)%nat with k by lia.
  apply Sum_ext; exact H.
Qed.

(* a sum over a column and a block beside it is two sums *)
Ltac headed :=
  match goal with
  | |- context [Sum 1 (?k + 1) ?f] =>
      lazymatch f with context [Nat.leb _ 1] => idtac end;
      let E := fresh in
      let g := open_constr:(_ : nat -> R) in
      assert (E : forall i, (1 <= i <= k)%nat -> f (i + 1)%nat = g i);
      [ let i := fresh "i" in
        let hidden := fresh in
        intros i ?; cbv beta;
        match goal with |- _ = ?r => set (hidden := r) end;
        rewrite ?(proj2 (Nat.leb_gt (i + 1) 1)) by lia; rewrite ?Nat.add_sub;
        repeat headed; subst hidden; reflexivity
      | rewrite (Sum_headed k f g E); clear E; cbn [Nat.leb]; cbv beta ]
  end.

Ltac heads := repeat headed; repeat (under heads).

(* what is long and stands for itself gets a short name *)
Ltac named :=
  repeat match goal with
  | |- context [sigma ?x] =>
      generalize (sigma_pos x) (sigma_lt_1 x); generalize (sigma x); intros ? ? ?
  end.

Ltac tidied :=
  repeat progress rewrite ?Rmult_0_l, ?Rmult_0_r, ?Rplus_0_l, ?Rplus_0_r, ?Rmult_1_l, ?Rmult_1_r.

Ltac tested :=
  repeat match goal with
  | |- context [Nat.leb ?a ?b] => destruct (Nat.leb_spec a b); try (exfalso; lia)
  end.

(* a multiple of a sum is a sum, and sums are equal when their members are *)
Ltac gathered :=
  tidied; tested;
  try match goal with |- - Sum ?lo ?hi ?f = _ => rewrite <- (Sum_opp lo hi f) end;
  try match goal with |- _ = - Sum ?lo ?hi ?f => rewrite <- (Sum_opp lo hi f) end;
  try match goal with |- - (?a * Sum _ _ _) = _ => rewrite (Ropp_mult_distr_l a) end;
  try match goal with |- _ = - (?a * Sum _ _ _) => rewrite (Ropp_mult_distr_l a) end;
  try match goal with |- Sum _ _ _ * ?c = _ => rewrite (Rmult_comm _ c) end;
  try match goal with |- _ = Sum _ _ _ * ?c => rewrite (Rmult_comm _ c) end;
  match goal with
  | |- ?a * Sum _ _ _ = ?b * Sum _ _ _ => rewrite <- (Sum_scal _ _ a), <- (Sum_scal _ _ b)
  | |- ?a * Sum _ _ _ = Sum _ _ _ => rewrite <- (Sum_scal _ _ a)
  | |- Sum _ _ _ = ?b * Sum _ _ _ => rewrite <- (Sum_scal _ _ b)
  | |- Sum _ _ _ = Sum _ _ _ => idtac
  end;
  apply Sum_ext; intros; cbv beta; named; first [ring | field; nz].

(* products of blocks: each sum that a delta decides is gone, the rest is member by member *)
Ltac blocks :=
  match goal with |- context [kd _ _] => idtac | |- context [Nat.leb _ _] => idtac end;
  delta_sums; heads; delta_sums; gathered.

Lemma Sum_in_l lo hi c d (u : nat -> R) (v : nat -> nat -> R) :
  Sum lo hi (fun i => u i * Sum c d (v i)) = Sum lo hi (fun i => Sum c d (fun j => u i * v i j)).
Proof. apply Sum_ext; intros; rewrite Sum_scal; trivial. Qed.

Lemma Sum_in_r lo hi c d (u : nat -> R) (v : nat -> nat -> R) :
  Sum lo hi (fun i => Sum c d (v i) * u i) = Sum lo hi (fun i => Sum c d (fun j => v i j * u i)).
Proof. apply Sum_ext; intros; rewrite Sum_scal_r; trivial. Qed.

(* double sums, in either order *)
Ltac doubled :=
  repeat match goal with
  | |- context [Sum ?lo ?hi (fun i => @?u i * Sum ?c ?d (@?v i))] =>
      rewrite (Sum_in_l lo hi c d u v); cbv beta
  | |- context [Sum ?lo ?hi (fun i => Sum ?c ?d (@?v i) * @?u i)] =>
      rewrite (Sum_in_r lo hi c d u v); cbv beta
  end;
  first
  [ apply Sum_ext; intros; apply Sum_ext; intros; cbv beta; ring
  | rewrite Sum_swap; apply Sum_ext; intros; apply Sum_ext; intros; cbv beta; ring ].

Ltac same_done :=
  repeat match goal with
  | |- context [Done ?a ?b ?f] =>
      match goal with
      | |- context [Done ?c ?d ?g] =>
          tryif constr_eq f g then fail else
          (let H := fresh in
           assert (H : Done c d g = Done a b f)
             by (unfold Done;
                 first
                 [ replace c with a by lia; replace d with b by lia;
                   apply Sum_ext; intros; cbv beta; ring
                 | doubled ]);
           rewrite H; clear H)
      end
  end.

Ltac summed := unfold Rdiv, Rminus; repeat sum_step; rewrite ?Sum_ones_1, ?Sum_ones_0; same_done.

Ltac has_log := match goal with |- context [ln _] => idtac end.
Ltac given_sum := match goal with _ : Sum _ _ _ = _ |- _ => idtac end.
Ltac has_power := match goal with |- context [Rpower _ _] => idtac end.
Ltac has_root := match goal with |- context [sqrt _] => idtac end.
Ltac has_sum := match goal with |- context [Sum _ _ _] => idtac end.

(* equal arguments made the same *)
Ltac same_sums :=
  repeat match goal with
  | |- context [Sum ?a ?b ?f] =>
      match goal with
      | |- context [Sum ?c ?d ?g] =>
          tryif constr_eq f g then fail else
          (let H := fresh in
           assert (H : Sum c d g = Sum a b f)
             by (replace c with a by lia; replace d with b by lia;
                 apply Sum_ext; intros; cbv beta; first [ring | field; nz]);
           rewrite H; clear H)
      end
  end.

Ltac same_values F tac :=
  repeat match goal with
  | |- context [F ?a] =>
      match goal with
      | |- context [F ?b] =>
          tryif constr_eq a b then fail else
          (let H := fresh in
           assert (H : F b = F a) by (apply (f_equal F); tac);
           rewrite H; clear H)
      end
  end.

Ltac same_by tac :=
  same_values sigma tac; same_values exp tac; same_values ln tac; same_values sin tac;
  same_values cos tac; same_values sqrt tac; same_values tanh tac; same_values Rabs tac;
  same_values atan tac.

Ltac same_args := same_by ltac:(first [ring | field; nz]).

Ltac alg := first [reflexivity | ring | field; nz | lra].

(* sums with written bounds, added up *)
Ltac added :=
  repeat match goal with
  | |- context [Sum ?a ?b ?f] =>
      is_lit a; is_lit b;
      first [ rewrite (Sum_empty a b f) by lia | rewrite (Sum_first a b f) by lia ]; cbv beta
  | |- context [Prod ?a ?b ?f] =>
      is_lit a; is_lit b;
      first [ rewrite (Prod_empty a b f) by lia | rewrite (Prod_first a b f) by lia ]; cbv beta
  end.

(* what the written numbers decide, under binders too *)
Ltac computed :=
  cbn [Sum Prod run times det Nat.sub Nat.ltb Nat.leb Nat.eqb andb nth Nat.add Nat.mul]; cbv beta.

Lemma ln_over a b : 0 < a -> 0 < b -> ln (a / b) = ln a - ln b.
Proof.
  intros; unfold Rdiv; rewrite ln_mult, ln_Rinv by (trivial; apply Rinv_0_lt_compat; trivial); ring.
Qed.

(* a written number as a product, for its logarithm *)
Ltac factored :=
  match goal with
  | |- context [ln 4] => replace 4 with (2 * 2) by ring
  | |- context [ln 6] => replace 6 with (2 * 3) by ring
  | |- context [ln 8] => replace 8 with (2 * (2 * 2)) by ring
  | |- context [ln 9] => replace 9 with (3 * 3) by ring
  | |- context [ln 10] => replace 10 with (2 * 5) by ring
  | |- context [ln 12] => replace 12 with (2 * (2 * 3)) by ring
  end.

Ltac logs :=
  repeat first
  [ factored | rewrite ln_exp | rewrite ln_1
  | rewrite ln_mult by pos
  | rewrite ln_Rinv by pos
  | rewrite ln_Prod by (intros; pos)
  | match goal with |- context [ln (?a / ?b)] => rewrite (ln_over a b) by pos end
  | match goal with |- context [ln (?a * ?b)] => rewrite (ln_mult a b) by pos end
  | match goal with |- context [ln (?a ^ ?n)] =>
      replace (ln (a ^ n)) with (INR n * ln a)
        by (symmetry; rewrite <- Rpower_pow by pos; unfold Rpower; rewrite ln_exp; trivial)
    end
  | match goal with |- context [ln (sqrt ?a)] =>
      replace (ln (sqrt a)) with (ln a / 2)
        by (rewrite <- Rpower_sqrt by pos; unfold Rpower; rewrite ln_exp; field)
    end ];
  cbn [INR].

Ltac split_exps :=
  repeat first
  [ rewrite exp_ln by pos
  | rewrite exp_0
  | match goal with |- context [exp (?a - ?b)] =>
      replace (exp (a - b)) with (exp a / exp b)
        by (unfold Rminus, Rdiv; rewrite exp_plus, exp_Ropp; trivial) end
  | rewrite exp_plus
  | rewrite exp_Ropp
  | match goal with |- context [exp (?a * - ?b)] =>
      replace (a * - b) with (- (a * b)) by ring end
  | match goal with |- context [exp (- - ?a)] => rewrite (Ropp_involutive a) end
  | match goal with |- context [exp (?a * (?b + ?c))] =>
      replace (a * (b + c)) with (a * b + a * c) by ring end
  | match goal with |- context [exp (?a * (ln ?b / ?a))] =>
      replace (a * (ln b / a)) with (ln b) by (field; nz) end
  | match goal with |- context [exp (2 * ?a)] =>
      replace (exp (2 * a)) with (exp a ^ 2)
        by (replace (2 * a) with (a + a) by ring; rewrite exp_plus; ring) end
  | match goal with |- context [exp (?a * 2)] =>
      replace (exp (a * 2)) with (exp a ^ 2)
        by (replace (a * 2) with (a + a) by ring; rewrite exp_plus; ring) end
  | match goal with |- context [exp (- ?a * ?b)] =>
      replace (- a * b) with (- (a * b)) by ring end
  | match goal with |- context [exp ((?a + ?b) / ?c)] =>
      replace ((a + b) / c) with (a / c + b / c) by (field; nz) end
  | match goal with |- context [exp ((?a - ?b) / ?c)] =>
      replace ((a - b) / c) with (a / c - b / c) by (field; nz) end
  | match goal with |- context [exp (?a / 2)] => match goal with |- context [exp a] =>
      replace (exp a) with (exp (a / 2) ^ 2)
        by (replace (exp (a / 2) ^ 2) with (exp (a / 2) * exp (a / 2)) by ring;
            rewrite <- exp_plus; f_equal; field) end end
  | match goal with |- context [exp ?a] =>
      match a with context [0] => replace a with 0 by (field; nz) end end ].

Ltac exps := split_exps; unfold sigma, tanh, sinh, cosh, Rpower; split_exps.

Ltac inr := rewrite ?S_INR, ?plus_INR, ?mult_INR; rewrite ?minus_INR by lia; cbn [INR].

Lemma cos_squared x : cos x ^ 2 = 1 - sin x ^ 2.
Proof. pose proof (sin2_cos2 x) as E; unfold Rsqr in E; lra. Qed.

Ltac angles :=
  repeat first
  [ progress rewrite ?sin_plus, ?cos_plus, ?sin_minus, ?cos_minus, ?sin_neg, ?cos_neg, ?sin_0,
      ?cos_0, ?sin_PI, ?cos_PI, ?sin_PI2, ?cos_PI2
  | match goal with
    | |- context [sin (2 * ?a)] => rewrite (sin_2a a)
    | |- context [cos (2 * ?a)] => rewrite (cos_2a a)
    | |- context [sin (3 * ?a)] => replace (3 * a) with (2 * a + a) by ring
    | |- context [cos (3 * ?a)] => replace (3 * a) with (2 * a + a) by ring
    | |- context [sin (4 * ?a)] => replace (4 * a) with (2 * (2 * a)) by ring
    | |- context [cos (4 * ?a)] => replace (4 * a) with (2 * (2 * a)) by ring
    | |- context [sin (- ?a * ?b)] => replace (- a * b) with (- (a * b)) by ring
    | |- context [cos (- ?a * ?b)] => replace (- a * b) with (- (a * b)) by ring
    | |- context [sin (?a * (?b + ?c))] => replace (a * (b + c)) with (a * b + a * c) by ring
    | |- context [cos (?a * (?b + ?c))] => replace (a * (b + c)) with (a * b + a * c) by ring
    end ].

(* equal when the square of a cosine is one less the square of the sine *)
Ltac by_squares :=
  match goal with
  | |- context [cos ?x] =>
      let E := fresh in
      pose proof (cos_squared x) as E;
      first
      [ ring [E] | field [E]; nz
      | match goal with
        | |- context [cos ?y] =>
            tryif constr_eq x y then fail else
            (let F := fresh in
             pose proof (cos_squared y) as F; first [ring [E F] | field [E F]; nz])
        end ]
  end.

Ltac has_angle :=
  match goal with |- context [sin _] => idtac | |- context [cos _] => idtac
                | |- context [tan _] => idtac end.

(* an angle that is the sum or the difference of two others *)
Ltac joined F :=
  match goal with
  | |- context [F ?p] => match goal with |- context [F ?q] =>
      tryif constr_eq p q then fail else
      match goal with |- context [F ?x] =>
        first [ constr_eq x p; fail 1 | constr_eq x q; fail 1
              | replace x with (p + q) by field | replace x with (p - q) by field ] end end
  end.

Ltac trig :=
  has_angle; unfold tan; angles;
  first [ring | field; nz | by_squares | repeat joined cos; angles; first [ring | field; nz]].

(* equal when the square of a root is what stands under it *)
Ltac by_roots :=
  match goal with
  | |- context [sqrt ?x] =>
      let E := constr:(sqrt_sqrt x ltac:(nonneg)) in
      let F := constr:(pow2_sqrt x ltac:(nonneg)) in
      first
      [ rewrite ?F, ?E; first [ring | field; nz]
      | ring [E] | field [E]; nz
      | rewrite ?F; has_angle; angles; by_squares ]
  end.

(* a root as a number of its own, with its square *)
Ltac named_roots :=
  repeat match goal with
  | |- context [sqrt ?x] =>
      let E := fresh in
      let P := fresh in
      let r := fresh "r" in
      (assert (E : sqrt x * sqrt x = x) by (apply sqrt_sqrt; nonneg));
      pose proof (sqrt_pos x) as P;
      set (r := sqrt x) in *; clearbody r; rewrite <- ?E; try rewrite <- E
  end.

Lemma by_ln a b : 0 < a -> 0 < b -> ln a = ln b -> a = b.
Proof. intros; apply ln_inv; trivial. Qed.

(* positive values are equal when their logarithms are *)
Ltac by_logs := unfold Rpower; apply by_ln; [pos | pos |]; unfold Rdiv; logs; first [ring | field; nz].

Lemma by_square a b : 0 <= a -> 0 <= b -> a ^ 2 = b ^ 2 -> a = b.
Proof. intros; apply Rsqr_inj; trivial; unfold Rsqr; lra. Qed.

(* values that are not negative are equal when their squares are *)
Ltac by_squared :=
  has_root;
  apply by_square; [nonneg | nonneg |];
  unfold Rdiv; rewrite ?Rpow_mult_distr, ?pow_inv; rewrite ?pow2_sqrt by nonneg; field; nz.

Ltac equations :=
  repeat match goal with
  | H : forall i : nat, (_ <= i <= _)%nat -> _ = _, j : nat |- _ => learn (H j ltac:(lia))
  | H : forall i : nat, _ = _, j : nat |- _ => learn (H j)
  end.

Ltac roots :=
  repeat match goal with
  | |- context [sqrt ?x] =>
      let P := constr:(sqrt_sqrt x ltac:(nonneg)) in learn P
  end.

Ltac has_exp :=
  match goal with
  | |- context [exp _] => idtac | |- context [sigma _] => idtac | |- context [tanh _] => idtac
  | |- context [sinh _] => idtac | |- context [cosh _] => idtac | |- context [Rpower _ _] => idtac
  end.

Ltac ended :=
  try same_by ltac:(ring);
  first
  [ reflexivity
  | ring
  | has_log; logs; first [ring | field; nz]
  | has_exp; exps; first [ring | field; nz]
  | has_exp; has_log; exps; logs; first [ring | field; nz]
  | alg
  | by_roots
  | progress same_args; alg
  | progress same_args; has_log; logs; alg
  | progress same_sums; alg
  | same_args; same_sums; inr; alg
  | logs; same_args; same_sums; alg
  | exps; same_args; same_sums; alg
  | exps; logs; same_args; alg
  | equations; nsatz
  | roots; nsatz
  | equations; nra ].

Ltac merged :=
  unfold Rdiv; rewrite ?Rmult_assoc;
  repeat first [ rewrite <- Sum_scal | rewrite <- Sum_scal_r | rewrite <- Sum_opp
               | rewrite <- Sum_plus | rewrite <- Sum_minus ];
  apply Sum_ext; intros; cbv beta; ended.

Ltac peeled tac :=
  match goal with
  | |- sigma _ = sigma _ => apply (f_equal sigma); peeled tac
  | |- ?a * ?b = ?a * ?c => apply (f_equal (Rmult a)); peeled tac
  | |- - ?a = - ?b => apply (f_equal Ropp); peeled tac
  | |- Sum ?a ?b _ = Sum ?a ?b _ => apply Sum_ext; intros; cbv beta; peeled tac
  | |- _ => solve [tac]
  end.

(* the equations that are given, about sums of the same form *)
Ltac put_in := repeat match goal with H : ?a = ?b |- context [?a] => rewrite H end.

Ltac summed_up :=
  repeat match goal with
  | H : ?a = ?b |- _ => lazymatch type of a with R => revert H end
  end;
  summed; intros;
  first [ring | field; nz | put_in; first [ring | field; nz] | same_args; first [ring | field; nz]].

Ltac powers :=
  rewrite ?Nat.add_1_r, ?Nat.add_succ_r, ?Nat.sub_succ, ?Nat.sub_0_r;
  rewrite <- ?tech_pow_Rmult; rewrite ?pow_1, ?pow_O.

Ltac by_induction n :=
  let IH := fresh in
  induction n as [|n IH];
  [ added; powers; cbn [INR]; first [ring | field; nz]
  | rewrite ?Sum_last by lia; first [rewrite IH | idtac]; rewrite ?S_INR; powers;
    first [ring | field; nz] ].

(* one step back: a size as the one before and one more *)
Ltac stepped :=
  match goal with
  | H : (1 <= ?n)%nat |- context [?m] =>
      is_var n; lazymatch m with (n - _)%nat => idtac | (_ ^ n) => idtac | Sum _ n _ => idtac end;
      destruct n as [|n]; [exfalso; lia |]
  end;
  rewrite ?Nat.sub_succ, ?Nat.sub_0_r, ?Sum_last by lia; rewrite ?S_INR, ?Sum_const;
  rewrite ?minus_INR by lia; rewrite ?S_INR; cbn [INR Rpow_def.pow]; first [ring | field; nz].

(* integer powers as powers and quotients of powers *)
Ltac whole_powers :=
  match goal with |- context [powerRZ _ _] => idtac end;
  rewrite ?powerRZ_add by nz; rewrite <- ?pow_powerRZ;
  cbn [powerRZ];
  repeat match goal with
  | |- context [Pos.to_nat ?p] => let k := eval cbv in (Pos.to_nat p) in change (Pos.to_nat p) with k
  end;
  first [ring | field; nz].

(* sums whose value is known *)
Ltac evaluated :=
  repeat match goal with
  | |- context [Sum 1 ?n (fun i => INR i)] => rewrite (Sum_numbers n)
  | |- context [Sum 0 ?n (fun i => ?q ^ i)] => rewrite (Sum_powers q n) by nz
  end;
  repeat match goal with
  | |- context [S (?n - 1)] => replace (S (n - 1)) with n by lia
  end.

Ltac inductive :=
  match goal with
  | |- context [Sum 0 ?n _] => is_var n; by_induction n
  | |- context [Sum 1 ?n _] => is_var n; by_induction n
  | H : (1 <= ?n)%nat |- context [Sum 1 ?n _] => is_var n; clear H; by_induction n
  | H : (1 <= ?n)%nat |- context [Sum 0 ?n _] => is_var n; clear H; by_induction n
  | H : (1 <= ?n)%nat |- context [Sum 0 (?n - 1) _] =>
      is_var n; destruct n as [|n]; [exfalso; lia |];
      rewrite ?Nat.sub_succ, ?Nat.sub_0_r; clear H; rewrite ?S_INR; by_induction n
  end.

Ltac deltas :=
  rewrite ?kd_same;
  repeat match goal with
  | |- context [kd ?i ?j] => is_lit i; is_lit j; let v := eval cbv in (Nat.eqb i j) in
      lazymatch v with
      | true => change (kd i j) with 1
      | false => change (kd i j) with 0
      end
  end.

(* values that are told apart by cases *)
Ltac has_case :=
  match goal with
  | |- context [Rabs _] => idtac | |- context [Rmax _ _] => idtac | |- context [Rmin _ _] => idtac
  end.

Ltac by_cases tac :=
  has_case; unfold Rabs, Rmax, Rmin;
  repeat match goal with
  | |- context [Rcase_abs ?x] => destruct (Rcase_abs x)
  | |- context [Rle_dec ?x ?y] => destruct (Rle_dec x y)
  end; tac.

Ltac scalar :=
  computed;
  first
  [ reflexivity
  | solve [gathered]
  | solve [peeled ltac:(first [ring | field; nz])]
  | has_power; solve [by_logs]
  | has_sum; solve [delta_sums; deltas; rewrite ?Sum_const_1; first [gathered | ring | field; nz | exps; field; nz]]
  | solve [trig]
  | solve [stepped]
  | solve [whole_powers]
  | has_sum; has_log; solve [logs; repeat (under logs); first [gathered | summed_up]]
  | given_sum; solve [repeat spread; deltas; put_in; first [ring | field; nz]]
  | has_sum; has_root; solve [named_roots; first [gathered | summed_up]]
  | has_sum; solve [summed_up]
  | has_sum; solve [evaluated; alg]
  | has_sum; solve [inductive]
  | has_sum; has_exp; solve [exps; repeat (under exps); repeat spread; try (has_log; logs); alg]
  | has_sum; has_angle; solve [angles; summed; first [ring | field; nz | by_squares]]
  | solve [peeled ended]
  | solve [ended]
  | solve [rewrite (Sum_down 1) by lia; apply Sum_ext; intros; first [reflexivity | ring]]
  | solve [merged]
  | solve [repeat spread; ended]
  | solve [logs; repeat spread; ended]
  | solve [inr; repeat spread; ended]
  | solve [by_squared]
  | has_log; has_exp; solve [apply exp_inv; exps; first [ring | field; nz]]
  | solve [by_cases ltac:(first [lra | ring | field; nz | nra])] ].

Ltac split_lit i :=
  let j := fresh i in
  destruct i as [|j]; [try (exfalso; lia) | first [exfalso; lia | split_lit j]].

Ltac matrices :=
  repeat match goal with
  | H : (1 <= ?i <= ?k)%nat |- _ => is_var i; is_lit k; split_lit i
  end;
  unfold lit, fill, vcat, hcat, mat_col, mat_t, mat_add, mat_had, mat_scal, mat_map, mat_eye,
    mat_diag, mat_mul, grad1, grad2;
  computed;
  repeat match goal with
  | |- context [Nat.leb ?a ?b] => destruct (Nat.leb_spec a b); try (exfalso; lia)
  end;
  cbv beta; computed.

Ltac split_deltas :=
  repeat match goal with
  | |- context [kd ?i ?j] =>
      unfold kd at 1; destruct (Nat.eqb_spec i j); [subst | ]
  end.

Lemma sqrt_mean a b : 0 <= a -> 0 <= b -> 2 * sqrt (a * b) <= a + b.
Proof.
  intros A B; rewrite sqrt_mult by trivial.
  pose proof (sqrt_sqrt a A) as P; pose proof (sqrt_sqrt b B) as Q.
  pose proof (pow2_ge_0 (sqrt a - sqrt b)); nra.
Qed.

(* what is known of roots; squares of differences *)
Ltac rooted :=
  repeat match goal with
  | |- context [sqrt ?x] =>
      first [ learn (sqrt_pos x) | let P := constr:(sqrt_sqrt x ltac:(nonneg)) in learn P ]
  | |- context [sqrt (?x * ?y)] =>
      let P := constr:(sqrt_mean x y ltac:(nonneg) ltac:(nonneg)) in learn P
  end.

Ltac squares :=
  repeat match goal with
  | x : R, y : R |- _ => learn (pow2_ge_0 (x - y))
  | x : R |- _ => learn (pow2_ge_0 (x - 1))
  end.

(* one side less the other over a common denominator *)
Ltac by_quotient tac :=
  match goal with
  | |- ?p <= ?q =>
      apply Rminus_le_0; field_simplify (q - p); [apply Rdiv_le_0_compat; [tac | pos] | ..]; nz
  | |- ?p < ?q =>
      apply Rminus_lt_0; field_simplify (q - p); [apply Rdiv_lt_0_compat; [tac | pos] | ..]; nz
  end.

Ltac by_areas :=
  match goal with
  | a : R, b : R, c : R, d : R |- _ => pose proof (pow2_ge_0 (a * d - b * c)); nra
  end.

(* below 0: what is above with the other sign *)
Ltac below :=
  match goal with
  | |- _ < 0 => apply Ropp_lt_cancel; rewrite Ropp_0, ?Ropp_involutive; pos
  | |- _ <= 0 => apply Ropp_le_cancel; rewrite Ropp_0, ?Ropp_involutive; nonneg
  end.

Ltac ordered :=
  first [ solve [nz] | solve [nonneg] | solve [pos] | solve [below] | lra | solve [facts; signs; sized; lra]
        | nra | solve [facts; signs; sized; nra]
        | solve [by_cases ltac:(facts; first [lra | nra])]
        | solve [rooted; squares; nra]
        | solve [rooted; squares; by_quotient ltac:(nra)]
        | solve [by_areas] ].

Ltac certify :=
  start; matrices;
  lazymatch goal with
  | |- _ = _ =>
      first
      [ reflexivity
      | derive_all; deltas; first [solve [blocks] | scalar]
      | progress (derive_all; deltas; split_deltas); scalar ]
  | |- _ => added; derive_all; deltas; first [apply Rle_ge | apply Rlt_gt | idtac]; ordered
  end.

(* ---- refutations: the statement at one point, and its denial ---- *)

Ltac at_point :=
  intros;
  repeat match goal with
  | H : (_ <= ?i <= ?k)%nat |- _ => is_var i; is_lit k; split_lit i
  end;
  cbv beta zeta; matrices; computed; cbn [INR]; deltas;
  first
  [ lia
  | solve [repeat split; ordered]
  | solve [left; ordered] | solve [right; ordered]
  | solve [eexists; dd]
  | solve [match goal with |- ex_derive ?f ?x => exists (Derive f x); apply Derive_correct; auto_derive; auto end]
  | solve [auto_derive; auto]
  | scalar
  | idtac ].

(* a rational number is not another *)
Ltac apart :=
  intros;
  first
  [ lra
  | match goal with E : _ |- False => ring_simplify in E; lra end
  | match goal with E : _ |- False => field_simplify in E; lra end
  | match goal with E : _ <> _ |- False => apply E; scalar end
  | nra ].

Lemma sigma_0 : sigma 0 = 1 / 2.
Proof. unfold sigma; rewrite Ropp_0, exp_0; lra. Qed.

(* functions where their values are rational *)
Ltac values :=
  repeat first
  [ rewrite sigma_0 | rewrite exp_0 | rewrite ln_1 | rewrite sin_0 | rewrite cos_0
  | rewrite sqrt_0 | rewrite sqrt_1 | rewrite Rabs_R0 | rewrite Rabs_R1
  | match goal with
    | |- context [sigma ?a] => replace a with 0 by (field || lra)
    | |- context [exp ?a] => replace a with 0 by (field || lra)
    | |- context [sin ?a] => replace a with 0 by (field || lra)
    | |- context [cos ?a] => replace a with 0 by (field || lra)
    | |- context [ln ?a] => replace a with 1 by (field || lra)
    | |- context [sqrt ?a] => replace a with 1 by (field || lra)
    | |- context [Rabs ?a] => first [rewrite (Rabs_pos_eq a) by lra | rewrite (Rabs_left1 a) by lra]
    end ].

Ltac denied_number :=
  computed; cbn [INR]; derive_all; deltas; unfold upd, upd2; computed; cbn [INR Rpow_def.pow];
  values; apart.

Ltac denied_at E k l :=
  let F := fresh in
  pose proof (E k l ltac:(lia) ltac:(lia)) as F; clear E; revert F;
  cbv beta zeta; matrices; denied_number.

Ltac denied :=
  cbv beta zeta;
  lazymatch goal with
  | |- (forall row col : nat, _) -> False =>
      let E := fresh in
      intros E;
      first [ denied_at E 1%nat 1%nat | denied_at E 2%nat 1%nat | denied_at E 1%nat 2%nat
            | denied_at E 2%nat 2%nat | denied_at E 3%nat 1%nat | denied_at E 1%nat 3%nat ]
  | |- _ => matrices; denied_number
  end.
